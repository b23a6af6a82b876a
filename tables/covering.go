package tables

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// entryDecoder reads columns from the entries of an index.
type entryDecoder struct {
	table *catalog.Table
	// parts are for the entry's key and the row's.
	parts [2]entryPart
}

// entryPart reads one key.
type entryPart struct {
	skip    int // bytes before the first column
	columns []entryColumn
}

// entryColumn is one column of a key; at is its place in the row, -1 if it is not wanted.
type entryColumn struct {
	at  int
	typ *types.Type
	key catalog.IndexKey
}

func newEntryDecoder(s *Scan) *entryDecoder {
	d := &entryDecoder{table: s.Table}
	found := map[int]bool{}
	for p, list := range s.Table.Covering(s.Index) {
		slice := s.Index.OID
		if p == 1 {
			slice = 0
		}
		part := entryPart{skip: len(keys.SlicePrefix(s.Table, slice, s.User))}
		last := 0
		for _, k := range list {
			at := s.Table.Ordinal(k.Column)
			c := entryColumn{at: at, typ: s.Table.Columns[at].Type.Type, key: k}
			if s.Need != nil && !s.Need[at] || found[at] {
				c.at = -1
			} else {
				found[at], last = true, len(part.columns)+1
			}
			part.columns = append(part.columns, c)
		}
		part.columns = part.columns[:last]
		d.parts[p] = part
	}
	return d
}

// decode reads the wanted columns of the entry that leads from key to the row's.
func (d *entryDecoder) decode(key, rowKey []byte, row types.Row) error {
	for p, b := range [2][]byte{key, rowKey} {
		part := &d.parts[p]
		if len(part.columns) == 0 {
			continue
		}
		if len(b) < part.skip {
			return d.corrupt()
		}
		b = b[part.skip:]
		for i := range part.columns {
			c := &part.columns[i]
			v, rest, ok := keys.DecodeColumn(b, c.typ, c.key)
			if !ok {
				return d.corrupt()
			}
			if b = rest; c.at >= 0 {
				row[c.at] = v
			}
		}
	}
	return nil
}

func (d *entryDecoder) corrupt() error {
	return sqlerr.New(sqlerr.DataCorrupted, `an entry of an index of table "%s" cannot be read`, d.table.Name)
}
