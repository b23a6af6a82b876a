package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Query runs one statement with parameters in their text form (strings; nil is
// NULL; numbers, booleans and JSON values by their JSON text): what WebSocket's
// execute and HTTP do. Outside a block the statement is a transaction of its
// own, and the cursor is that of its commit, or of what it has read.
func (s *Session) Query(ctx context.Context, sql string, params []any, w ResultWriter) (cursor string, err error) {
	ctx = s.running(ctx, sql)
	defer s.ran()
	s.client = w
	defer func() {
		if err != nil {
			s.fail()
			err = resolve(err, sql)
		}
	}()
	defer s.caught(&err)
	list, err := parser.ParseAs(sql, s.settings.strings)
	if err != nil {
		return "", err
	}
	statements := list[:0:0]
	for _, p := range list {
		if p.Statement != nil {
			statements = append(statements, p)
		}
	}
	if len(statements) == 0 {
		cursor, err := s.Cursor(ctx)
		return cursor, errors.Join(err, w.Empty())
	}
	if len(statements) > 1 && len(params) > 0 {
		return "", sqlerr.New(sqlerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	for i, p := range statements {
		if err := s.noticeAll(p, w); err != nil {
			return "", err
		}
		var values []types.Datum
		if len(params) > 0 || p.NumParams > 0 {
			if values, err = s.bindText(sql, p, params); err != nil {
				return "", err
			}
		}
		if err := s.runSimple(ctx, sql, p, values, i == len(statements)-1, w); err != nil {
			return "", err
		}
	}
	if !s.tx.block && s.tx.tx != nil {
		if err := s.commit(ctx); err != nil {
			return "", err
		}
	}
	return s.Cursor(ctx)
}

// Cursor is the cursor of the newest commit that the transaction under way has
// seen, or that the one before it has made or seen. It waits until that is durable:
// whoever has the cursor goes on from there.
func (s *Session) Cursor(ctx context.Context) (string, error) {
	store, seq := s.store(), s.tx.position
	if s.tx.tx != nil {
		seq = s.tx.tx.SnapshotSeq()
	}
	if seq == 0 {
		seq = store.Durable()
	}
	return live.EncodeCursor(store.Epoch(), seq), store.WaitDurable(ctx, seq)
}

// bindText plans a statement to learn its parameter types and decodes the
// values.
func (s *Session) bindText(sql string, p ast.Parsed, params []any) ([]types.Datum, error) {
	if err := s.mayRun(p.Statement); err != nil {
		return nil, err
	}
	ps, err := s.prepare(sql, p, nil)
	if err != nil {
		return nil, err
	}
	if len(params) != len(ps.params) {
		return nil, sqlerr.New(sqlerr.ProtocolViolation, "%d parameters were given, but the statement requires %d", len(params), len(ps.params))
	}
	return s.textParams(ps.params, params)
}

// textParams decodes parameters in text or JSON form.
func (s *Session) textParams(ts []*types.Type, params []any) ([]types.Datum, error) {
	if len(params) != len(ts) {
		return nil, sqlerr.New(sqlerr.ProtocolViolation, "%d parameters were given, but the statement requires %d", len(params), len(ts))
	}
	out := make([]types.Datum, len(params))
	for i, p := range params {
		text, ok := paramText(ts[i], p)
		if !ok {
			continue
		}
		v, err := ts[i].Input(text, types.NoTypmod, s.settings.env)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// paramText gives the text form of a JSON parameter; ok is false for NULL.
func paramText(t *types.Type, p any) (text string, ok bool) {
	isJSON := t == types.JSONText || t == types.JSONB
	switch p := p.(type) {
	case nil:
		return "", false
	case string:
		return p, true
	case json.Number:
		return p.String(), true
	case json.RawMessage:
		if string(p) == "null" {
			return "", false
		}
		var text string
		if !isJSON && json.Unmarshal(p, &text) == nil {
			return text, true
		}
		if isJSON && len(p) > 0 && p[0] == '"' && json.Unmarshal(p, &text) == nil && json.Valid([]byte(text)) {
			return text, true // JSON sent as a string of its text
		}
		if t.IsArray() && len(p) > 0 && p[0] == '[' {
			return arrayText(p), true
		}
		return string(p), true
	case bool:
		if p {
			return "true", true
		}
		return "false", true
	}
	if b, err := json.Marshal(p); err == nil {
		return string(b), true
	}
	return fmt.Sprint(p), true
}

// arrayText turns a JSON array into PostgreSQL's array text.
func arrayText(b json.RawMessage) string {
	var elems []json.RawMessage
	if json.Unmarshal(b, &elems) != nil {
		return string(b)
	}
	out := []byte{'{'}
	for i, e := range elems {
		if i > 0 {
			out = append(out, ',')
		}
		var text string
		switch {
		case string(e) == "null":
			out = append(out, "NULL"...)
		case len(e) > 0 && e[0] == '[':
			out = append(out, arrayText(e)...)
		case json.Unmarshal(e, &text) == nil:
			out = append(out, '"')
			for _, c := range []byte(text) {
				if c == '"' || c == '\\' {
					out = append(out, '\\')
				}
				out = append(out, c)
			}
			out = append(out, '"')
		default:
			out = append(out, e...)
		}
	}
	return string(append(out, '}'))
}

// parseSelect parses the text of a live query.
func parseSelect(sql string) (*ast.SelectStmt, error) {
	p, err := parser.ParseOne(sql)
	if err != nil {
		return nil, err
	}
	switch stmt := p.Statement.(type) {
	case *ast.SelectStmt:
		return stmt, nil
	case *ast.SubscribeStmt:
		return stmt.Query, nil
	case nil:
		return nil, sqlerr.New(sqlerr.SyntaxError, "a live query must be a SELECT")
	default:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "only a SELECT can be live")
	}
}
