package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// coverScans marks the scans below n of which nothing is wanted but what the entries of
// their indexes hold.
func coverScans(n Node) {
	if s, ok := n.(*Scan); ok {
		s.Covered = !s.RowOrder && s.coveredBy(s.Index)
		s.divide()
	}
	for _, in := range n.Inputs() {
		coverScans(in)
	}
}

// coveredBy says whether all that is wanted of a scan can be read from the entries of
// an index. The primary key is the table itself: it covers nothing less.
func (s *Scan) coveredBy(index *catalog.Index) bool {
	if index == nil || index.Primary || !index.Ordered() || !s.entriesMayDo || s.Lock != nil || s.Ref || !s.Table.Durable() {
		return false
	}
	covering := s.Table.Covering(index)
	for i, c := range s.Table.Columns {
		has := func(k catalog.IndexKey) bool { return k.Column == c.Num }
		if (s.Need == nil || s.Need[i]) && !slices.ContainsFunc(covering[0], has) && !slices.ContainsFunc(covering[1], has) {
			return false
		}
	}
	return true
}
