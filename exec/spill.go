package exec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// What does not fit into work_mem goes to files in a folder of its own: sorted
// runs, the parts of a hash table, results that are read more than once. A file
// belongs to one operator, which closes it; what is left when the statement ends
// is removed with the statement's root operator, and what a crash has left, when
// the server starts (RemoveSpilled).

// spillPrefix begins the names of the files.
const spillPrefix = "kalamsql_tmp"

// Spill says where statements may put what does not fit into memory.
type Spill struct {
	// Dir is the folder, which is made when it is needed; none is no spilling.
	Dir string
	// Limit bounds the bytes of a statement's files; negative is no bound.
	Limit int64
}

// RemoveSpilled removes the files that a server which was not stopped in good order
// has left.
func RemoveSpilled(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, spillPrefix+"*"))
	if err != nil {
		return err
	}
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	return err
}

// spills says whether rows of these types may be written to disk.
func (rt *Runtime) spills(ts []*types.Type) bool {
	if rt.WorkMem <= 0 || rt.Spill.Dir == "" {
		return false
	}
	for _, t := range ts {
		if !storable(t) {
			return false
		}
	}
	return true
}

// storable says whether the row codec can write values of a type and read them
// again.
func storable(t *types.Type) bool {
	switch {
	case t == types.Unknown || t == types.RecordType || t.Kind == types.KindPseudo:
		return false
	case t.Kind == types.KindDomain && t.Base != nil:
		return storable(t.Base)
	case t.IsArray():
		return storable(t.Elem)
	}
	for _, f := range t.Fields {
		if !storable(f.Type) {
			return false
		}
	}
	return true
}

// spillFile is a file of rows, written once and then read.
type spillFile struct {
	rt     *Runtime
	file   *os.File
	types  []*types.Type
	codec  *catalog.Table
	out    *bufio.Writer
	buf    []byte
	size   int64
	rows   int64
	sealed bool
}

// spillBuffer is how many bytes are written and read at once.
const spillBuffer = 32 << 10

// spillFile makes a file for rows of given types; it is there once something is
// written.
func (rt *Runtime) spillFile(ts []*types.Type) *spillFile {
	s := &spillFile{rt: rt, types: ts, codec: &catalog.Table{Name: "temporary file"}}
	for i, t := range ts {
		s.codec.Columns = append(s.codec.Columns, &catalog.Column{Num: int16(i + 1), Type: catalog.TypeRef{Type: t}})
	}
	return s
}

// open makes the file.
func (s *spillFile) open() error {
	dir := s.rt.Spill.Dir
	f, err := os.CreateTemp(dir, spillPrefix)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(dir, 0o700); err == nil {
			f, err = os.CreateTemp(dir, spillPrefix)
		}
	}
	if err != nil {
		return fileError("create", dir, err)
	}
	s.file, s.out = f, bufio.NewWriterSize(f, spillBuffer)
	if s.rt.spilled == nil {
		s.rt.spilled = map[*spillFile]bool{}
	}
	s.rt.spilled[s] = true
	return nil
}

// fileError is what PostgreSQL says when a file cannot be used.
func fileError(verb, name string, err error) error {
	code := sqlerr.IOError
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = sqlerr.DiskFull
	}
	var errno syscall.Errno
	text := err.Error()
	if errors.As(err, &errno) {
		text = errno.Error()
		if errno == syscall.ENOSPC {
			text = "No space left on device"
		}
	}
	return sqlerr.New(code, `could not %s file "%s": %s`, verb, filepath.Base(name), text).WithCause(err)
}

// write adds a row.
func (s *spillFile) write(row types.Row) error {
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.buf = rowcodec.Append(s.buf[:0], s.codec, row)
	var head [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(s.buf)))
	s.size += int64(n + len(s.buf))
	s.rows++
	s.rt.spilledBytes += int64(n + len(s.buf))
	if limit := s.rt.Spill.Limit; limit >= 0 && s.rt.spilledBytes > limit {
		return sqlerr.New(sqlerr.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (%dkB)", limit/1024)
	}
	if _, err := s.out.Write(head[:n]); err != nil {
		return fileError("write to", s.file.Name(), err)
	}
	if _, err := s.out.Write(s.buf); err != nil {
		return fileError("write to", s.file.Name(), err)
	}
	return nil
}

// close removes the file; it may be called more than once.
func (s *spillFile) close() {
	if s.file == nil {
		return
	}
	delete(s.rt.spilled, s)
	s.rt.spilledBytes -= s.size
	s.file.Close()
	os.Remove(s.file.Name())
	s.file, s.out = nil, nil
}

// seal ends writing.
func (s *spillFile) seal() error {
	if s.sealed || s.file == nil {
		return nil
	}
	s.sealed = true
	if err := s.out.Flush(); err != nil {
		return fileError("write to", s.file.Name(), err)
	}
	s.out, s.buf = nil, nil
	return nil
}

// spillReader reads the rows of a file from its start.
type spillReader struct {
	file    *spillFile
	in      *bufio.Reader
	decoder rowcodec.Decoder
	buf     []byte
}

// reader starts to read; there may be several readers of a file.
func (s *spillFile) reader() (*spillReader, error) {
	if err := s.seal(); err != nil {
		return nil, err
	}
	if s.file == nil { // nothing was written
		return &spillReader{file: s, in: bufio.NewReader(strings.NewReader(""))}, nil
	}
	return &spillReader{file: s, in: bufio.NewReaderSize(io.NewSectionReader(s.file, 0, s.size), spillBuffer), decoder: rowcodec.NewDecoder(s.codec, nil, false)}, nil
}

// next reads a row into row, which has its width; false at the end.
func (r *spillReader) next(row types.Row) (bool, error) {
	size, err := binary.ReadUvarint(r.in)
	if err == io.EOF {
		return false, nil
	}
	if err == nil {
		if cap(r.buf) < int(size) {
			r.buf = make([]byte, size)
		}
		r.buf = r.buf[:size]
		_, err = io.ReadFull(r.in, r.buf)
	}
	if err != nil {
		return false, fileError("read from", r.file.file.Name(), err)
	}
	return true, r.decoder.Decode(r.buf, row)
}

// Root gives the operator of a whole statement: closing it ends everything that
// the statement has on disk.
func Root(rt *Runtime, op Operator) Operator {
	rt.root = root{op, rt}
	return &rt.root
}

type root struct {
	Operator
	rt *Runtime
}

// Close closes the statement's operators and removes its files.
func (o *root) Close() {
	o.Operator.Close()
	for f := range o.rt.spilled {
		f.close()
	}
}
