package expr

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"strings"

	"github.com/google/uuid"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension pgcrypto: its hashes, of passwords too, and random values. It has no ciphers here,
// neither raw ones nor PGP's.

// maxRandomBytes is how much gen_random_bytes gives.
const maxRandomBytes = 1024

func init() {
	bytea, text := types.Bytea, types.Text
	args := func(list ...*types.Type) []*types.Type { return list }
	digest := func(_ *Context, a []types.Datum) (types.Datum, error) {
		make, err := hashNamed(a[1].Str())
		if err != nil {
			return types.Null, err
		}
		h := make()
		h.Write([]byte(a[0].Str()))
		return types.String(string(h.Sum(nil))), nil
	}
	mac := func(_ *Context, a []types.Datum) (types.Datum, error) {
		make, err := hashNamed(a[2].Str())
		if err != nil {
			return types.Null, err
		}
		h := hmac.New(make, []byte(a[1].Str()))
		h.Write([]byte(a[0].Str()))
		return types.String(string(h.Sum(nil))), nil
	}
	offer(&Extension{Name: "pgcrypto", Version: "1.3", Comment: "cryptographic functions", Functions: []*ExtensionFunction{
		{Name: "digest", Symbol: "pg_digest", Args: args(text, text), Result: bytea, Volatility: 'i', Strict: true, Eval: digest},
		{Name: "digest", Symbol: "pg_digest", Args: args(bytea, text), Result: bytea, Volatility: 'i', Strict: true, Eval: digest},
		{Name: "hmac", Symbol: "pg_hmac", Args: args(text, text, text), Result: bytea, Volatility: 'i', Strict: true, Eval: mac},
		{Name: "hmac", Symbol: "pg_hmac", Args: args(bytea, bytea, text), Result: bytea, Volatility: 'i', Strict: true, Eval: mac},
		{Name: "crypt", Symbol: "pg_crypt", Args: args(text, text), Result: text, Volatility: 'i', Strict: true, Eval: cryptPassword},
		{Name: "gen_salt", Symbol: "pg_gen_salt", Args: args(text), Result: text, Volatility: 'v', Strict: true, Eval: newSalt},
		{Name: "gen_salt", Symbol: "pg_gen_salt_rounds", Args: args(text, types.Int4), Result: text, Volatility: 'v', Strict: true, Eval: newSalt},
		{Name: "gen_random_bytes", Symbol: "pg_random_bytes", Args: args(types.Int4), Result: bytea, Volatility: 'v', Strict: true, Eval: randomBytes},
		{Name: "gen_random_uuid", Symbol: "pg_random_uuid", Result: types.UUID, Volatility: 'v',
			Eval: func(*Context, []types.Datum) (types.Datum, error) { return uuidDatum(uuid.NewRandom()) }},
	}})
}

func randomBytes(_ *Context, a []types.Datum) (types.Datum, error) {
	n := a[0].Int()
	if n < 1 || n > maxRandomBytes {
		return types.Null, sqlerr.New(sqlerr.ExternalRoutineInvocationException, "Length not in range")
	}
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return types.Null, sqlerr.Internal("random bytes: %w", err)
	}
	return types.String(string(b)), nil
}

// hashNamed finds a hash by one of its names.
func hashNamed(name string) (func() hash.Hash, error) {
	switch strings.ToLower(name) {
	case "md5":
		return md5.New, nil
	case "sha1", "sha-1":
		return sha1.New, nil
	case "sha224", "sha-224", "sha2-224":
		return sha256.New224, nil
	case "sha256", "sha-256", "sha2-256":
		return sha256.New, nil
	case "sha384", "sha-384", "sha2-384":
		return sha512.New384, nil
	case "sha512", "sha-512", "sha2-512":
		return sha512.New, nil
	case "sha3-224":
		return func() hash.Hash { return sha3.New224() }, nil
	case "sha3-256":
		return func() hash.Hash { return sha3.New256() }, nil
	case "sha3-384":
		return func() hash.Hash { return sha3.New384() }, nil
	case "sha3-512":
		return func() hash.Hash { return sha3.New512() }, nil
	}
	return nil, sqlerr.New(sqlerr.InvalidParameterValue, `Cannot use "%s": No such hash algorithm`, name)
}
