// Package pgp reads and writes messages, keys and armor of OpenPGP (RFC 4880) as extension
// pgcrypto does: a message is encrypted with a password or for one key, and not signed.
// Errors are those of pgcrypto, of type Error.
package pgp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"

	"golang.org/x/crypto/blowfish"
	"golang.org/x/crypto/cast5"
	"golang.org/x/crypto/ripemd160"
)

// Error is what is wrong, in PostgreSQL's words.
type Error string

func (e Error) Error() string { return string(e) }

// The errors.
const (
	ErrArgument          Error = "Illegal argument to function"
	ErrCorrupt           Error = "Wrong key or corrupt data"
	ErrArmor             Error = "Corrupt ascii-armor"
	ErrCompression       Error = "Unsupported compression algorithm"
	ErrCipher            Error = "Unsupported cipher algorithm"
	ErrDigest            Error = "Unsupported digest algorithm"
	ErrNotText           Error = "Not text data"
	ErrUnexpectedPacket  Error = "Unexpected packet in key data"
	ErrMath              Error = "Math operation failed"
	ErrSessionKeyTooBig  Error = "Session key too big"
	ErrUnknownPublicAlgo Error = "Unknown public-key encryption algorithm"
	ErrWrongKey          Error = "Wrong key"
	ErrSeveralKeys       Error = "Several keys given - pgcrypto does not handle keyring"
	ErrSecretKey         Error = "Refusing to encrypt with secret key"
	ErrPublicKey         Error = "Cannot decrypt with public key"
	ErrKeyVersion        Error = "Only V4 key packets are supported"
	ErrCorruptKey        Error = "Corrupt key packet"
	ErrNoKey             Error = "No encryption key found"
	ErrNeedPassword      Error = "Need password for secret key"
	ErrS2KMode           Error = "Bad S2K mode"
	ErrSeveralSubkeys    Error = "Several subkeys not supported"
	ErrPgcrypto          Error = "pgcrypto bug"
)

// symmetric is a cipher for messages: lengths are in bytes.
type symmetric struct {
	code       byte
	names      []string
	key, block int
	make       func(key []byte) (cipher.Block, error)
}

const maxKey = 32

var symmetrics = []symmetric{
	{2, []string{"3des"}, 24, 8, func(key []byte) (cipher.Block, error) { return des.NewTripleDESCipher(key) }},
	{3, []string{"cast5"}, 16, 8, func(key []byte) (cipher.Block, error) { return cast5.NewCipher(key) }},
	{4, []string{"bf", "blowfish"}, 16, 8, func(key []byte) (cipher.Block, error) { return blowfish.NewCipher(key) }},
	{7, []string{"aes", "aes128"}, 16, 16, aes.NewCipher},
	{8, []string{"aes192"}, 24, 16, aes.NewCipher},
	{9, []string{"aes256"}, 32, 16, aes.NewCipher},
	{10, []string{"twofish"}, 0, 0, nil}, // known by name, and never there
}

func symmetricOf(code byte) *symmetric {
	for i := range symmetrics {
		if symmetrics[i].code == code {
			return &symmetrics[i]
		}
	}
	return nil
}

func symmetricNamed(name string) (byte, error) {
	for _, s := range symmetrics {
		for _, n := range s.names {
			if strings.EqualFold(n, name) {
				return s.code, nil
			}
		}
	}
	return 0, ErrCipher
}

// start makes the cipher for a key of its length.
func (s *symmetric) start(key []byte) (cipher.Block, error) {
	if s.make == nil {
		return nil, ErrCipher
	}
	b, err := s.make(key)
	if err != nil {
		return nil, ErrCorrupt
	}
	return b, nil
}

var digests = []struct {
	code  byte
	names []string
	make  func() hash.Hash
}{
	{1, []string{"md5"}, md5.New},
	{2, []string{"sha1", "sha-1"}, sha1.New},
	{3, []string{"ripemd160"}, ripemd160.New},
	{8, []string{"sha256"}, sha256.New},
	{9, []string{"sha384"}, sha512.New384},
	{10, []string{"sha512"}, sha512.New},
}

func digestOf(code byte) (func() hash.Hash, error) {
	for _, d := range digests {
		if d.code == code {
			return d.make, nil
		}
	}
	return nil, ErrCorrupt
}

func digestNamed(name string) (byte, error) {
	for _, d := range digests {
		for _, n := range d.names {
			if strings.EqualFold(n, name) {
				return d.code, nil
			}
		}
	}
	return 0, ErrDigest
}
