package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// copyPiece is how many bytes COPY reads and writes of a file at once.
const copyPiece = 64 << 10

// serverEnd is a file or program of the server as the other end of COPY, in place of the
// client. It is opened when the data begins, as a table that is not there is told first.
type serverEnd struct {
	ResultWriter
	ctx     context.Context // of the statement: its end kills the program
	stmt    *ast.CopyStmt
	file    io.ReadWriteCloser // the file, or the program's standard input or output
	program *exec.Cmd
	buf     []byte // read, or not yet written
}

// mayCopy asks for the right to reach files and programs of the server.
func (s *Session) mayCopy(stmt *ast.CopyStmt) error {
	role, what := catalog.RoleWriteServerFiles, "COPY to a file"
	switch {
	case stmt.Program:
		role, what = catalog.RoleExecuteServerProgram, "COPY to or from an external program"
	case stmt.From:
		role, what = catalog.RoleReadServerFiles, "COPY from a file"
	}
	if cat := s.catalog(); !cat.HasPrivilegesOf(s.role().OID, role) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser or have privileges of the %s role to %s", cat.RoleByOID(role).Name, what).
			WithHint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.")
	}
	return nil
}

// begin opens the file or starts the program.
func (e *serverEnd) begin() error {
	if e.stmt.Program {
		return e.start()
	}
	return e.open()
}

// open opens the file.
func (e *serverEnd) open() error {
	name := e.stmt.Filename
	var f *os.File
	var err error
	if e.stmt.From {
		f, err = os.Open(name)
	} else {
		if !filepath.IsAbs(name) {
			return sqlerr.New(sqlerr.InvalidName, "relative path not allowed for COPY to file")
		}
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	}
	if err != nil {
		direction, verb, purpose := "TO", "write", "writing"
		if e.stmt.From {
			direction, verb, purpose = "FROM", "read", "reading"
		}
		out := fileError(err, `could not open file "%s" for %s`, name, purpose)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
			out = out.WithHint("COPY %s instructs the PostgreSQL server process to %s a file. You may want a client-side facility such as psql's \\copy.", direction, verb)
		}
		return out
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is a directory`, name)
	}
	e.file = f
	return nil
}

// start starts the program, which the shell runs.
func (e *serverEnd) start() error {
	e.program = exec.CommandContext(e.ctx, "/bin/sh", "-c", e.stmt.Filename)
	e.program.Stderr = os.Stderr
	e.program.WaitDelay = time.Second
	asGroup(e.program)
	var err error
	if e.stmt.From {
		var out io.ReadCloser
		if out, err = e.program.StdoutPipe(); err == nil {
			e.file = readEnd{out}
		}
	} else {
		var in io.WriteCloser
		if in, err = e.program.StdinPipe(); err == nil {
			e.file = writeEnd{in}
		}
	}
	if err == nil {
		err = e.program.Start()
	}
	if err != nil {
		e.program = nil
		return fileError(err, `could not execute command "%s"`, e.stmt.Filename)
	}
	return nil
}

// readEnd and writeEnd are pipes that go one way.
type readEnd struct{ io.ReadCloser }

func (readEnd) Write([]byte) (int, error) { return 0, os.ErrInvalid }

type writeEnd struct{ io.WriteCloser }

func (writeEnd) Read([]byte) (int, error) { return 0, os.ErrInvalid }

// finish closes the file, or waits for the program. failed is the error that COPY has
// ended with, which stays the one to tell.
func (e *serverEnd) finish(failed error) error {
	if e.file == nil {
		return failed // it has not begun, or is finished
	}
	file := e.file
	e.file = nil
	if e.program == nil {
		if err := file.Close(); err != nil && failed == nil {
			return fileError(err, `could not close file "%s"`, e.stmt.Filename)
		}
		return failed
	}
	file.Close()
	if failed != nil {
		_ = e.program.Cancel() // it may have ended; nobody wants what else it does
	}
	err := e.program.Wait()
	if failed != nil || err == nil {
		return failed
	}
	out := sqlerr.New(sqlerr.ExternalRoutineException, `program "%s" failed`, e.stmt.Filename)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return out
	}
	switch code := exit.ExitCode(); {
	case code == 127:
		return out.WithDetail("command not found")
	case code == 126:
		return out.WithDetail("command was found but not executable")
	case code >= 0:
		return out.WithDetail("child process exited with exit code %d", code)
	default:
		return out.WithDetail("child process was terminated: %s", exit.ProcessState)
	}
}

// CopyIn reads from the file.
func (e *serverEnd) CopyIn(CopyFormat) (CopySource, error) {
	e.buf = make([]byte, copyPiece)
	return e, e.begin()
}

// Next implements CopySource.
func (e *serverEnd) Next(ctx context.Context) ([]byte, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	n, err := e.file.Read(e.buf)
	if n > 0 {
		return e.buf[:n], nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause // which has ended the program, too
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	return nil, fileError(err, `could not read from COPY file`)
}

// CopyOut, CopyData and CopyDone write to it.
func (e *serverEnd) CopyOut(CopyFormat) error { return e.begin() }

// CopyData implements ResultWriter.
func (e *serverEnd) CopyData(data []byte) error {
	if e.buf = append(e.buf, data...); len(e.buf) < copyPiece {
		return nil
	}
	return e.write()
}

// CopyDone implements ResultWriter.
func (e *serverEnd) CopyDone() error { return e.write() }

// Flush writes what a live query has given.
func (e *serverEnd) Flush() error {
	if e.file == nil {
		return nil
	}
	return e.write()
}

func (e *serverEnd) write() error {
	_, err := e.file.Write(e.buf)
	e.buf = e.buf[:0]
	if err == nil {
		return nil
	}
	if cause := context.Cause(e.ctx); cause != nil {
		return cause
	}
	if e.program != nil && errors.Is(err, syscall.EPIPE) {
		// What the program exits with says more than that it does not read on.
		if err := e.finish(nil); err != nil {
			return err
		}
		return sqlerr.New(sqlerr.ExternalRoutineException, "could not write to COPY program: Broken pipe")
	}
	return fileError(err, "could not write to COPY file")
}

// fileError is what the operating system says about a file, under the code that
// PostgreSQL gives it.
func fileError(err error, format string, args ...any) *sqlerr.Error {
	code := sqlerr.IOError
	switch {
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		code = sqlerr.InsufficientPrivilege
	case errors.Is(err, os.ErrNotExist):
		code = sqlerr.UndefinedFile
	case errors.Is(err, os.ErrExist):
		code = sqlerr.DuplicateFile
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTEMPTY):
		code = sqlerr.WrongObjectType
	case errors.Is(err, syscall.ENOSPC):
		code = sqlerr.DiskFull
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		code = sqlerr.InsufficientResources
	}
	reason := err.Error()
	var no syscall.Errno
	if errors.As(err, &no) {
		first, size := utf8.DecodeRuneInString(no.Error())
		reason = string(unicode.ToUpper(first)) + no.Error()[size:]
	}
	return sqlerr.New(code, "%s: %s", fmt.Sprintf(format, args...), reason)
}
