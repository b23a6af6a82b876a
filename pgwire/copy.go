package pgwire

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// CopyIn implements session.ResultWriter: the client is told to send.
func (r *results) CopyIn(format session.CopyFormat) (session.CopySource, error) {
	if err := r.copyResponse('G', format); err != nil {
		return nil, err
	}
	source := &copySource{c: r.c}
	if client := r.c.client(); !format.Binary {
		source.client = client
	}
	return source, r.c.out.flush()
}

// CopyOut implements session.ResultWriter.
func (r *results) CopyOut(format session.CopyFormat) error {
	r.copied = nil
	if client := r.c.client(); !format.Binary {
		r.copied = client
	}
	return r.copyResponse('H', format)
}

// copyResponse appends CopyInResponse or CopyOutResponse.
func (r *results) copyResponse(kind byte, format session.CopyFormat) error {
	o := r.c.out
	var code int16 = textFormat
	if format.Binary {
		code = binaryFormat
	}
	o.begin(kind)
	o.byte(byte(code))
	o.int16(int16(format.Columns))
	for range format.Columns {
		o.int16(code)
	}
	return o.end()
}

// CopyData implements session.ResultWriter.
func (r *results) CopyData(data []byte) error {
	r.c.out.begin('d')
	if r.copied != nil {
		var err error
		if r.c.out.buf, err = r.copied.Encode(r.c.out.buf, string(data)); err != nil {
			r.c.out.abort()
			return err
		}
	} else {
		r.c.out.raw(data)
	}
	if err := r.c.out.end(); err != nil {
		return err
	}
	return r.c.out.full()
}

// CopyDone implements session.ResultWriter.
func (r *results) CopyDone() error {
	r.c.out.empty('c')
	return nil
}

// copySource gives a COPY FROM STDIN the data of the messages that follow. Flush
// and Sync in between are ignored, as PostgreSQL does for clients that send
// Sync right behind Execute.
type copySource struct {
	c       *conn
	held    []byte // body of the piece handed out last
	end     error
	watched bool // a cancelled statement kicks the reader
	// client is the encoding of the data, nil for UTF-8; part is the beginning of a
	// character that goes on in the next piece.
	client *types.Charset
	part   []byte
}

// Next implements session.CopySource.
func (s *copySource) Next(ctx context.Context) ([]byte, error) {
	s.c.in.reader.recycle(s.held)
	s.held = nil
	if !s.watched {
		s.watched = true
		context.AfterFunc(ctx, s.c.in.kick)
	}
	for s.end == nil {
		m, err := s.c.in.take(0)
		switch {
		case s.c.ctx.Err() != nil:
			return nil, interrupted(s.c.ctx)
		case err == errKicked && ctx.Err() != nil:
			return nil, interrupted(ctx)
		case err == errKicked:
		case err != nil || m.broken != nil:
			s.end = sqlerr.New(sqlerr.ConnectionFailure, "unexpected EOF on client connection with an open transaction")
		case m.kind == 'd':
			s.held = m.body
			if s.client == nil {
				return m.body, nil
			}
			text, rest, err := s.client.DecodePart(append(s.part, m.body...))
			s.part = bytes.Clone(rest)
			return []byte(text), err
		default:
			s.control(m)
		}
	}
	return nil, s.end
}

// control handles every message but CopyData.
func (s *copySource) control(m message) {
	b := body{rest: m.body, client: s.c.client()}
	switch m.kind {
	case 'c':
		s.end = io.EOF
	case 'f':
		if reason := b.string(); b.err != nil {
			s.end = b.err
		} else {
			s.end = sqlerr.New(sqlerr.QueryCanceled, "COPY from stdin failed: %s", reason)
		}
	case 'H', 'S':
	default:
		// PostgreSQL has read the type but not the length when it objects, so it
		// cannot go on after the error.
		s.end = protocolViolation("unexpected message type 0x%02X during COPY from stdin", m.kind)
		s.c.lostSync = true
	}
	s.c.in.reader.recycle(m.body)
}

// interrupted says why a wait for data was broken off.
func interrupted(ctx context.Context) error {
	var e *sqlerr.Error
	if errors.As(context.Cause(ctx), &e) {
		return e
	}
	return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
}
