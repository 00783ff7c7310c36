package millrace.actors.rank;

/** What one rank of the line tells another: a packet, which carries a tensor, or the credit that lets more of them come. */
public sealed interface LineMessage permits Packet, ChunkDone {}
