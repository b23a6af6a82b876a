// Package blocks remembers rows that were read, column by column, so that a scan of a
// table that has not changed since need not step through storage row by row, find
// out which version of each key its snapshot sees, and decode it: that is what most
// of a scan's time goes into.
//
// # Segments
//
// A scan that reads all rows of a table divides their keys into segments, intervals
// of some two thousand rows. Each is watched (storage.Watch): every commit that
// writes a key of it is noted there before it is visible. What a scan has read of a
// segment, with a snapshot, is kept as a Block. It is what another scan would read, if
// nothing was written there since the older of the two, the block's snapshot and the
// reader's:
//
//	written <= min(block.asOf, reader's snapshot)
//
// So nobody removes a block when its rows are written, and no lock is held by who
// reads one; and a block that somebody enters late, after a commit that it has not
// seen, is void from the beginning.
//
// Rows are read without the keys they are stored under: who locks or changes rows, or
// wants to know them again, reads storage.
//
// # What is kept
//
// A block has the columns that scans have asked for so far; one that wants another
// reads the segment once more and adds it. A segment that was written since it was
// looked at last is only noted at the first look: what is written between any two
// scans is never kept, and costs nothing but that.
//
// Integers are kept by their distance from the least of the block, in as few bytes as
// that takes, texts one behind the other. All blocks together take no more than a
// bound; when it is reached, those are let go that the last scans have not used, and
// while there are none new ones are not kept, so that a scan of more than there is
// room for does not drive out what others use.
package blocks
