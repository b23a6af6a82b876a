package storage

import "encoding/binary"

// Seq numbers commits from 1 in the order in which they became visible. 0 means
// that nothing has been committed yet.
type Seq uint64

// Keyspaces: the first byte of every key.
const (
	SpaceMeta     byte = 0x01 // the engine's own: format version, epochs, last sequence
	SpaceCatalog  byte = 0x02 // definitions
	SpaceLog      byte = 0x03 // the change log; written through Batch.SetLog only
	SpaceSequence byte = 0x04 // SQL sequences
	spaceLoadLog  byte = 0x05 // parts of the change log's entries of loads; written through Load.AppendLog only
	SpaceRow      byte = 0x10 // rows and index entries
	SpaceVolatile byte = 0x80 // this and above: memory only, empty after a restart
)

// formatVersion is the version of everything this package lays out itself.
// Version 2 cuts large entries of the change log into parts, version 3 has rows that are
// stamped with the number of a load; what has an older one is read and written on.
const formatVersion = 3

const (
	stampSize     = 8
	logKeySize    = 1 + 8
	logHeaderSize = 8 + 8 // commit time in unix microseconds, running total of log bytes
	logPartSize   = logKeySize + 4
	logCut        = 1 << 63 // in the commit time: the payload's length follows the header, and that of the load that has the parts, if one has them
)

// Keys in SpaceMeta.
var (
	metaFormat  = []byte{SpaceMeta, 'f'} // u32: formatVersion
	metaLastSeq = []byte{SpaceMeta, 'l'} // u64: a commit without log entry leaves its sequence here
	metaTrimmed = []byte{SpaceMeta, 't'} // u64, u64: last trimmed sequence, running total of log bytes there
	metaEpoch   = []byte{SpaceMeta, 'e'} // u64: the newest epoch
)

// metaEpochStart is the key holding the last sequence recovered when epoch began.
func metaEpochStart(epoch uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{SpaceMeta, 's'}, epoch)
}

// logKey appends the key of the change-log entry of seq to buf.
func logKey(buf []byte, seq Seq) []byte {
	return binary.BigEndian.AppendUint64(append(buf, SpaceLog), uint64(seq))
}

// logPartKey appends the key of the n-th part of a change-log entry to buf.
func logPartKey(buf []byte, seq Seq, n int) []byte {
	return binary.BigEndian.AppendUint32(logKey(buf, seq), uint32(n))
}

// loadLogKey appends the key of the n-th part of the change-log entry of a load to buf.
func loadLogKey(buf []byte, number uint64, n int) []byte {
	buf = binary.BigEndian.AppendUint64(append(buf, spaceLoadLog), number)
	return binary.BigEndian.AppendUint32(buf, uint32(n))
}

func isVolatile(key []byte) bool { return len(key) > 0 && key[0] >= SpaceVolatile }
