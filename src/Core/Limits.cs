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

    /// <summary>Datagrams that the kernel is asked for, or given, with one call.</summary>
    public const int DatagramsPerCall = 64;

    /// <summary>
    /// DHCP messages read from one socket in one turn: a hall of machines shares one sync of the journal. Not more, for
    /// their answers leave together, and a relay with the usual buffer has room for twice as many.
    /// </summary>
    public const int DhcpMessagesPerTurn = 2 * DatagramsPerCall;

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

    /// <summary>Clients whose messages are counted against a limit; a power of two.</summary>
    public const int DhcpRateClients = 4096;

    /// <summary>Addresses that the network was asked for not long ago.</summary>
    public const int DhcpProbes = 1024;

    /// <summary>DISCOVERs that wait for the network's answer: a hall of machines in the time of one.</summary>
    public const int DhcpHeldMessages = 256;

    /// <summary>Other DHCP and boot servers of the network that are remembered.</summary>
    public const int OtherServers = 16;

    /// <summary>Addresses in all pools together.</summary>
    public const int PoolAddresses = 65536;

    /// <summary>Interfaces that are served.</summary>
    public const int Interfaces = 64;

    /// <summary>Networks beside the first interface's.</summary>
    public const int DhcpSubnets = 256;

    /// <summary>Routes that clients of one network are told.</summary>
    public const int DhcpRoutes = 64;

    /// <summary>Options that the operator adds for one network.</summary>
    public const int DhcpExtraOptions = 32;

    /// <summary>TFTP transfers at once.</summary>
    public const int TftpTransfers = 1024;

    /// <summary>
    /// Sockets that the transfers share: for each address of ours a few that a peer's transfers take in turn.
    /// </summary>
    public const int TftpSockets = 64;

    /// <summary>TFTP datagrams read from one socket in one turn: a hall of machines acknowledges together.</summary>
    public const int TftpDatagramsPerTurn = 2 * DatagramsPerCall;

    /// <summary>
    /// Bytes that TFTP sends in one turn, so that fast clients do not starve DHCP; the last flight may exceed it.
    /// </summary>
    public const int TftpBytesPerTurn = 512 * 1024;

    /// <summary>Bytes of a file that small flights are made from; read with one call.</summary>
    public const int TftpChunkBytes = 16 * 1024;

    /// <summary>Such pieces that are kept, for all transfers together; a power of two.</summary>
    public const int TftpChunks = 128;

    /// <summary>Machines of which it is remembered whether larger blocks and windows suit them; a power of two.</summary>
    public const int TftpSilentMachines = 4096;

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
    public const int HttpBytesPerTurn = 2 << 20;

    /// <summary>The least that one HTTP connection gets of them, so that a crowd still makes progress.</summary>
    public const int HttpShareBytesMin = 64 * 1024;

    /// <summary>What an answer costs of a connection's share beside its bytes: small ones cost time, too.</summary>
    public const int HttpAnswerCostBytes = 4096;

    /// <summary>Bytes of small files, each with its head, that HTTP keeps in memory.</summary>
    public const int HttpMemoryBytes = 4 << 20;

    /// <summary>Entries of one list of a folder.</summary>
    public const int HttpListEntries = 2000;

    /// <summary>Files that are looked at for one list of a folder.</summary>
    public const int HttpListFiles = 20_000;

    /// <summary>Longest path of a boot file, in bytes.</summary>
    public const int PathBytes = 512;

    /// <summary>Longest URL of a chain: the command line of iPXE and of U-Boot.</summary>
    public const int UrlBytes = 1000;

    /// <summary>Longest generated document: a script, a menu or an answer file.</summary>
    public const int DocumentBytes = 256 * 1024;

    /// <summary>Files that the templates of one configuration include, in all.</summary>
    public const int TemplateFiles = 256;

    /// <summary>Templates that include one another, within each other.</summary>
    public const int TemplateIncludeDepth = 8;

    /// <summary>Bytes of one template with all that it includes, each as often as it is included.</summary>
    public const int TemplateBytes = 1024 * 1024;

    /// <summary>Pieces that one template is compiled to.</summary>
    public const int TemplatePieces = 64 * 1024;

    /// <summary>Blocks (<c>if</c>, <c>for</c>) within each other in one template.</summary>
    public const int TemplateBlocks = 16;

    /// <summary>Loops within each other in one template.</summary>
    public const int TemplateLoops = 4;

    /// <summary>Steps of rendering one document: loops over long lists end here.</summary>
    public const int TemplateSteps = 256 * 1024;

    /// <summary>Longest boot file name in a DHCP reply: the <c>file</c> field less its NUL.</summary>
    public const int BootFileNameBytes = 127;

    /// <summary>Longest line of the log.</summary>
    public const int LogLineBytes = 1024;

    /// <summary>Patterns of machines in one list of a configuration: each is compared with every message.</summary>
    public const int MachinePatterns = 256;

    /// <summary>Machines in a configuration.</summary>
    public const int Machines = 16384;

    /// <summary>Groups in a configuration: each machine is compared with them in turn.</summary>
    public const int Groups = 256;

    /// <summary>Network cards of one machine.</summary>
    public const int MachineCards = 16;

    /// <summary>Images in a configuration.</summary>
    public const int Images = 1024;

    /// <summary>Files of the tree that are kept open although nobody reads them.</summary>
    public const int IdleFiles = 1024;

    /// <summary>Files of the tree that are open at once: each transfer may read another one.</summary>
    public const int OpenFiles = TftpTransfers + HttpConnections + IdleFiles;

    /// <summary>Files in one boot tree.</summary>
    public const int TreeFiles = 1_000_000;

    /// <summary>Folders in one boot tree, each counted again for each link to it.</summary>
    public const int TreeFolders = 100_000;

    /// <summary>Folders within each other in a boot tree.</summary>
    public const int TreeDepth = 32;

    /// <summary>Longest body of a record in the journal.</summary>
    public const int JournalBodyBytes = 1024;

    /// <summary>Records that wait to be written, in bytes; a turn that makes more writes more than once.</summary>
    public const int JournalBatchBytes = 64 * 1024;

    /// <summary>Live records written by one turn while the journal is rewritten, in bytes.</summary>
    public const int JournalSliceBytes = 32 * 1024;

    /// <summary>Records that are not live any more and that are no reason to rewrite the journal.</summary>
    public const int JournalGarbage = 16 * 1024;

    /// <summary>DHCP replies that wait for the journal; when there are more, they are written and sent at once.</summary>
    public const int DhcpReplies = DhcpMessagesPerTurn;

    /// <summary>Longest file of another server that is imported.</summary>
    public const int ImportBytes = 8 * 1024 * 1024;

    /// <summary>Longest configuration file.</summary>
    public const int ConfigBytes = 16 * 1024 * 1024;
}
