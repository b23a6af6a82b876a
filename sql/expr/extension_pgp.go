package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr/ciphers"
	"github.com/kalamsql/kalamsql/sql/expr/pgp"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The ciphers of extension pgcrypto, raw and as PGP has them.

// rawCipher makes encrypt, decrypt, encrypt_iv and decrypt_iv.
func rawCipher(name string, do func(m *ciphers.Method, data, key, iv []byte) ([]byte, error)) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		method := strings.ToLower(a[len(a)-1].Str())
		m, err := ciphers.Named(method)
		if err != nil {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `Cannot use "%s": %s`, method, err)
		}
		var iv []byte
		if len(a) > 3 {
			iv = []byte(a[2].Str())
		}
		out, err := do(m, []byte(a[0].Str()), []byte(a[1].Str()), iv)
		if err != nil {
			return types.Null, sqlerr.New(sqlerr.ExternalRoutineInvocationException, "%s error: %s", name, err)
		}
		return types.String(string(out)), nil
	}
}

// pgpError is an error of package pgp as PostgreSQL tells it.
func pgpError(err error) error {
	return sqlerr.New(sqlerr.ExternalRoutineInvocationException, "%s", err)
}

// pgpOptions reads the arguments behind the key, which a password may precede for a secret key.
func pgpOptions(a []types.Datum, text bool) (*pgp.Options, error) {
	list := ""
	if len(a) > 0 {
		list = a[0].Str()
	}
	o, err := pgp.ParseOptions(list)
	if err != nil {
		return nil, pgpError(err)
	}
	o.Text = text
	return o, nil
}

func pgpEncrypt(do func(data, key []byte, o *pgp.Options) ([]byte, error), text bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		o, err := pgpOptions(a[2:], text)
		if err != nil {
			return types.Null, err
		}
		out, err := do([]byte(a[0].Str()), []byte(a[1].Str()), o)
		if err != nil {
			return types.Null, pgpError(err)
		}
		return types.String(string(out)), nil
	}
}

// pgpDecrypt makes a function that decrypts, secret says with a secret key.
func pgpDecrypt(secret, text bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		rest := a[2:]
		var password []byte
		if secret && len(rest) > 0 {
			password, rest = append([]byte{}, rest[0].Str()...), rest[1:]
		}
		o, err := pgpOptions(rest, text)
		if err != nil {
			return types.Null, err
		}
		var out []byte
		if secret {
			out, err = pgp.DecryptWith([]byte(a[0].Str()), []byte(a[1].Str()), password, o)
		} else {
			out, err = pgp.DecryptWithPassword([]byte(a[0].Str()), []byte(a[1].Str()), o)
		}
		if err != nil {
			return types.Null, pgpError(err)
		}
		if text {
			if err := types.CheckText(string(out)); err != nil {
				return types.Null, err
			}
		}
		return types.String(string(out)), nil
	}
}

func pgpKeyID(_ *Context, a []types.Datum) (types.Datum, error) {
	id, err := pgp.KeyID([]byte(a[0].Str()))
	if err != nil {
		return types.Null, pgpError(err)
	}
	return types.String(id), nil
}

func pgpArmor(_ *Context, a []types.Datum) (types.Datum, error) {
	var headers []pgp.Header
	if len(a) > 1 {
		var err error
		if headers, err = armorHeaders(a[1].Array(), a[2].Array()); err != nil {
			return types.Null, err
		}
	}
	return types.String(pgp.Armor([]byte(a[0].Str()), headers)), nil
}

func armorHeaders(keys, values *types.Array) (list []pgp.Header, err error) {
	switch {
	case len(keys.Dims) > 1 || len(keys.Dims) != len(values.Dims):
		return nil, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
	case len(keys.Elems) != len(values.Elems):
		return nil, sqlerr.New(sqlerr.ArraySubscriptError, "mismatched array dimensions")
	}
	check := func(d types.Datum, what string, never ...string) error {
		if d.IsNull() {
			return sqlerr.New(sqlerr.NullValueNotAllowed, "null value not allowed for header %s", what)
		}
		if strings.ContainsFunc(d.Str(), func(r rune) bool { return r > 127 }) {
			return sqlerr.New(sqlerr.InvalidParameterValue, "header %s must not contain non-ASCII characters", what)
		}
		for _, s := range never {
			if strings.Contains(d.Str(), s) {
				return sqlerr.New(sqlerr.InvalidParameterValue, "header %s must not contain %s", what, map[string]string{": ": `": "`, "\n": "newlines"}[s])
			}
		}
		return nil
	}
	for i, k := range keys.Elems {
		if err := check(k, "key", ": ", "\n"); err != nil {
			return nil, err
		}
		if err := check(values.Elems[i], "value", "\n"); err != nil {
			return nil, err
		}
		list = append(list, pgp.Header{Key: k.Str(), Value: values.Elems[i].Str()})
	}
	return list, nil
}

func pgpDearmor(_ *Context, a []types.Datum) (types.Datum, error) {
	data, err := pgp.Dearmor(a[0].Str())
	if err != nil {
		return types.Null, pgpError(err)
	}
	return types.String(string(data)), nil
}

func pgpArmorHeaders(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	list, err := pgp.Headers(a[0].Str())
	if err != nil {
		return pgpError(err)
	}
	for _, h := range list {
		if err := yield(types.Row{types.String(h.Key), types.String(h.Value)}); err != nil {
			return err
		}
	}
	return nil
}
