package session

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func init() {
	hostFunctions["pg_input_is_valid"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		wrong, err := s.inputError(c, args[0].Str(), args[1].Str())
		return types.Bool(wrong == nil), err
	}
	hostFunctions["pg_input_error_info"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		wrong, err := s.inputError(c, args[0].Str(), args[1].Str())
		if err != nil {
			return types.Null, err
		}
		r := &types.Record{Values: make([]types.Datum, 4)}
		for range r.Values {
			r.Types = append(r.Types, types.Text)
		}
		if wrong != nil {
			for i, text := range []string{wrong.Message, wrong.Detail, wrong.Hint, string(wrong.Code)} {
				if text != "" {
					r.Values[i] = types.String(text)
				}
			}
		}
		return types.Object(r), nil
	}
}

// inputError is why a text is no value of the type of a name; nil: it is one.
func (s *Session) inputError(c *expr.Context, text, name string) (wrong *sqlerr.Error, err error) {
	n, err := parser.ParseTypeName(name)
	if err != nil {
		return nil, err
	}
	t, typmod, err := s.planEnv().TypeName(n)
	if err != nil {
		return nil, sqlerr.From(err).Nowhere()
	}
	if err := expr.ReadAs(c, text, t, typmod); err != nil {
		return sqlerr.From(err), nil
	}
	return nil, nil
}
