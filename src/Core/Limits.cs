namespace Aglet.Core;

/// <summary>
/// Every capacity of the server. All of it is allocated at start; nothing grows with what peers send.
/// </summary>
internal static class Limits
{
    /// <summary>Readiness events taken from the kernel in one turn of the loop.</summary>
    public const int EventsPerTurn = 128;

    /// <summary>Datagrams read from one socket in one turn, so that no port starves another.</summary>
    public const int DatagramsPerSocket = 32;

    /// <summary>Sockets open at once, over all endpoints.</summary>
    public const int Sockets = 4096;

    /// <summary>Longest DHCP datagram accepted; EDK2 and relays stay below an Ethernet frame.</summary>
    public const int DhcpDatagramBytes = 1536;

    /// <summary>Smallest DHCP reply: BOOTP relays and old clients drop less.</summary>
    public const int DhcpReplyBytesMin = 300;

    /// <summary>Largest reply to a client that sends no option 57 (576 less IP and UDP headers).</summary>
    public const int DhcpReplyBytesDefault = 548;

    /// <summary>Largest reply whatever option 57 says: EDK2 drops packets over 1472 bytes.</summary>
    public const int DhcpReplyBytesMax = 1472;

    /// <summary>Clients remembered: who asked, with what architecture, at which address.</summary>
    public const int Clients = 4096;

    /// <summary>Addresses in one pool.</summary>
    public const int PoolAddresses = 65536;

    /// <summary>TFTP transfers at once.</summary>
    public const int TftpTransfers = 1024;

    /// <summary>Largest TFTP block: one Ethernet frame less IP and UDP headers and the four bytes of DATA.</summary>
    public const int TftpBlockBytesMax = 1468;

    /// <summary>Largest TFTP window in blocks (RFC 7440).</summary>
    public const int TftpWindowBlocksMax = 64;

    /// <summary>HTTP connections at once.</summary>
    public const int HttpConnections = 1024;

    /// <summary>Bytes of one HTTP request head: request line and field lines together.</summary>
    public const int HttpHeadBytes = 8192;

    /// <summary>Field lines in one HTTP request.</summary>
    public const int HttpFieldLines = 100;

    /// <summary>
    /// Bytes that HTTP sends in one turn, so that fast clients do not starve DHCP: the ready connections share them.
    /// </summary>
    public const int HttpBytesPerTurn = 1 << 20;

    /// <summary>The least that one HTTP connection gets of them, so that a crowd still makes progress.</summary>
    public const int HttpShareBytesMin = 64 * 1024;

    /// <summary>What an answer costs of a connection's share beside its bytes: small ones cost time, too.</summary>
    public const int HttpAnswerCostBytes = 4096;

    /// <summary>Longest path of a boot file, in bytes.</summary>
    public const int PathBytes = 512;

    /// <summary>Longest generated document: a script, a menu or an answer file.</summary>
    public const int DocumentBytes = 256 * 1024;

    /// <summary>Longest boot file name in a DHCP reply: the <c>file</c> field less its NUL.</summary>
    public const int BootFileNameBytes = 127;

    /// <summary>Longest line of the log.</summary>
    public const int LogLineBytes = 1024;

    /// <summary>Machines in a configuration.</summary>
    public const int Machines = 16384;

    /// <summary>Images in a configuration.</summary>
    public const int Images = 1024;

    /// <summary>Files in one boot tree.</summary>
    public const int TreeFiles = 1_000_000;

    /// <summary>Folders in one boot tree, each counted again for each link to it.</summary>
    public const int TreeFolders = 100_000;

    /// <summary>Folders within each other in a boot tree.</summary>
    public const int TreeDepth = 32;

    /// <summary>Longest configuration file.</summary>
    public const int ConfigBytes = 16 * 1024 * 1024;
}
