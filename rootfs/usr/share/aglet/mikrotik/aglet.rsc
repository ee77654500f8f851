# Aglet in a container on a MikroTik router (RouterOS 7 with the container package, arm64 or x86; not MIPS). Once, with a
# press of the reset button or a power cut when it asks: /system/device-mode/update container=yes
#
# Copy to the router's disk, here usb1: aglet-container-arm64.tar (amd64 on x86; the archive for both architectures is one
# that RouterOS does not read), a folder aglet/etc with aglet.json in it, and aglet/boot with boot programs.
# The container is a machine of the LAN: its cable is a port of the LAN's bridge, with no NAT between, so that it hears
# DHCP's broadcasts. The router goes on to give out addresses: "dhcp": { "mode": "proxy" }.
# 192.168.88.5 is to be an address outside of the router's pool; in aglet.json "interface" is eth0, or left out.

/interface/veth/add name=veth-aglet address=192.168.88.5/24 gateway=192.168.88.1
/interface/bridge/port/add bridge=bridge interface=veth-aglet

# RouterOS 7.21 and later; before that: name= instead of list= here, and mounts= instead of mountlists= below.
/container/mounts/add list=aglet src=/usb1/aglet/etc dst=/etc/aglet
/container/mounts/add list=aglet src=/usb1/aglet/boot dst=/srv/boot

/container/config/set tmpdir=usb1/tmp
/container/add file=usb1/aglet-container-arm64.tar interface=veth-aglet root-dir=usb1/aglet/root mountlists=aglet \
    logging=yes start-on-boot=yes comment=aglet

# When /container/print says that it is stopped, no longer that it is extracting:
# /container/start [find comment=aglet]
# /log/print where topics~"container"
