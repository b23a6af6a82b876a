package exec

import (
	"bufio"
	"os"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// rowStore holds rows that are read more than once, or later: in memory up to
// work_mem, the older ones beyond on disk. Reading may begin before the last row
// has been added.
type rowStore struct {
	rt    *Runtime
	types []*types.Type
	spill bool

	rows  []types.Row // those from number spilled on
	arena rowArena
	bytes int64
	// file has the first rows.
	file    *spillFile
	spilled int
	// written is told where in the file each row begins; nil: nobody asks.
	written func(number int, offset int64)
}

func newRowStore(rt *Runtime, ts []*types.Type) *rowStore {
	return &rowStore{rt: rt, types: ts, spill: rt.spills(ts)}
}

// add takes a copy of a row.
func (s *rowStore) add(row types.Row) error {
	s.rows = append(s.rows, s.arena.clone(row))
	if s.bytes += row.Bytes(); !s.spill || s.bytes <= s.rt.WorkMem {
		return s.rt.mayKeep(s.bytes)
	}
	if s.file == nil {
		s.file = s.rt.spillFile(s.types)
	}
	for i, r := range s.rows {
		if s.written != nil {
			s.written(s.spilled+i, s.file.size)
		}
		if err := s.file.write(r); err != nil {
			return err
		}
	}
	if err := s.file.out.Flush(); err != nil {
		return fileError("write to", s.file.file.Name(), err)
	}
	s.spilled += len(s.rows)
	clear(s.rows)
	s.rows, s.arena, s.bytes = s.rows[:0], rowArena{}, 0
	return nil
}

// len is the number of rows.
func (s *rowStore) len() int { return s.spilled + len(s.rows) }

func (s *rowStore) close() {
	if s.file != nil {
		s.file.close()
	}
	s.rows, s.arena, s.spilled = nil, rowArena{}, 0
}

// storeReader reads the rows of a store from the first on.
type storeReader struct {
	store *rowStore
	at    int
	disk  *spillReader
	row   types.Row
}

func (s *rowStore) reader() *storeReader { return &storeReader{store: s} }

// next gives the next row, nil behind the last that there is so far. It is valid
// until the next call.
func (r *storeReader) next() (types.Row, error) {
	s := r.store
	if r.at >= s.len() {
		return nil, nil
	}
	at := r.at
	r.at++
	if at >= s.spilled {
		if at == s.spilled {
			r.disk = nil
		}
		return s.rows[at-s.spilled], nil
	}
	if r.disk == nil {
		r.disk = &spillReader{file: s.file, in: bufio.NewReaderSize(&growingFile{file: s.file.file}, spillBuffer), decoder: rowcodec.NewDecoder(s.file.codec, nil, false)}
		r.row = make(types.Row, len(s.types))
		for range at { // those that were read while they were in memory
			if _, err := r.disk.next(r.row); err != nil {
				return nil, err
			}
		}
	}
	if ok, err := r.disk.next(r.row); err != nil || !ok {
		return nil, err
	}
	return r.row, nil
}

// growingFile reads a file that others write to: its end is not for good.
type growingFile struct {
	file *os.File
	at   int64
}

// Read implements io.Reader.
func (f *growingFile) Read(p []byte) (int, error) {
	n, err := f.file.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// rewind goes back to the first row.
func (r *storeReader) rewind() { r.at, r.disk = 0, nil }
