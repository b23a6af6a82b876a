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
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	"golang.org/x/crypto/ripemd160"

	"github.com/kalamsql/kalamsql/sql/expr/ciphers"
	"github.com/kalamsql/kalamsql/sql/expr/pgp"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension pgcrypto: its hashes, of passwords too, and random values; its ciphers are in
// extension_pgp.go.

// maxRandomBytes is how much gen_random_bytes gives.
const maxRandomBytes = 1024

func init() {
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
	recorded(&Extension{Name: "pgcrypto", Version: "1.3", Comment: "cryptographic functions"}, map[string]any{
		"pg_digest": digest, "pg_hmac": mac, "pg_crypt": cryptPassword, "pg_gen_salt": newSalt, "pg_gen_salt_rounds": newSalt,
		"pg_random_bytes": randomBytes,
		"pg_random_uuid":  func(*Context, []types.Datum) (types.Datum, error) { return uuidDatum(uuid.NewRandom()) },
		"pg_encrypt":      rawCipher("encrypt", (*ciphers.Method).Encrypt), "pg_encrypt_iv": rawCipher("encrypt_iv", (*ciphers.Method).Encrypt),
		"pg_decrypt": rawCipher("decrypt", (*ciphers.Method).Decrypt), "pg_decrypt_iv": rawCipher("decrypt_iv", (*ciphers.Method).Decrypt),
		"pgp_sym_encrypt_text": pgpEncrypt(pgp.EncryptWithPassword, true), "pgp_sym_encrypt_bytea": pgpEncrypt(pgp.EncryptWithPassword, false),
		"pgp_pub_encrypt_text": pgpEncrypt(pgp.EncryptFor, true), "pgp_pub_encrypt_bytea": pgpEncrypt(pgp.EncryptFor, false),
		"pgp_sym_decrypt_text": pgpDecrypt(false, true), "pgp_sym_decrypt_bytea": pgpDecrypt(false, false),
		"pgp_pub_decrypt_text": pgpDecrypt(true, true), "pgp_pub_decrypt_bytea": pgpDecrypt(true, false),
		"pgp_key_id_w": pgpKeyID, "pg_armor": pgpArmor, "pg_dearmor": pgpDearmor, "pgp_armor_headers": SetFunc(pgpArmorHeaders),
	})
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
	case "sha512-224":
		return sha512.New512_224, nil
	case "sha512-256":
		return sha512.New512_256, nil
	case "ripemd160", "ripemd", "rmd160":
		return ripemd160.New, nil
	case "blake2b512":
		return func() hash.Hash { h, _ := blake2b.New512(nil); return h }, nil
	case "blake2s256":
		return func() hash.Hash { h, _ := blake2s.New256(nil); return h }, nil
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
