// Package ciphers has the raw ciphers of extension pgcrypto under the names that it gives
// them, as in aes-cbc/pad:pkcs.
package ciphers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"errors"
	"strings"

	"golang.org/x/crypto/blowfish"
	"golang.org/x/crypto/cast5"
)

// What can be wrong, in PostgreSQL's words.
var (
	ErrNoCipher  = errors.New("No such cipher algorithm")
	ErrOption    = errors.New("Unknown option")
	ErrFormat    = errors.New("Badly formatted type")
	ErrKeyTooBig = errors.New("Key was too big")
	ErrInit      = errors.New("Cipher cannot be initialized")
	ErrEncrypt   = errors.New("Encryption failed")
	ErrDecrypt   = errors.New("Decryption failed")
)

// Method is a cipher with the way that blocks are chained and the last is filled.
type Method struct {
	algorithm algorithm
	mode      string // "cbc", "ecb" or "cfb"
	padding   bool
}

// algorithm makes a block cipher of a key. longest is the greatest length of keys in bytes;
// what is beyond is cut off.
type algorithm struct {
	longest int
	block   func(key []byte) (cipher.Block, error)
}

var algorithms = map[string]algorithm{
	"bf":    {56, func(key []byte) (cipher.Block, error) { return blowfish.NewCipher(key) }},
	"des":   {8, func(key []byte) (cipher.Block, error) { return des.NewCipher(filled(key, 8)) }},
	"des3":  {24, func(key []byte) (cipher.Block, error) { return des.NewTripleDESCipher(filled(key, 24)) }},
	"cast5": {16, newCAST5},
	"aes":   {32, newAES},
}

// filled is a key with zeros up to a length.
func filled(key []byte, n int) []byte {
	return append(append(make([]byte, 0, n), key...), make([]byte, n-len(key))...)
}

func newAES(key []byte) (cipher.Block, error) {
	n := 16
	for n < len(key) {
		n += 8
	}
	return aes.NewCipher(filled(key, n))
}

// newCAST5 refuses short keys, for which the cipher has fewer rounds.
func newCAST5(key []byte) (cipher.Block, error) {
	if len(key) <= 10 {
		return nil, ErrInit
	}
	return cast5.NewCipher(filled(key, 16))
}

var aliases = map[string]string{
	"bf": "bf-cbc", "blowfish": "bf-cbc", "blowfish-cbc": "bf-cbc", "blowfish-ecb": "bf-ecb", "blowfish-cfb": "bf-cfb",
	"des": "des-cbc", "3des": "des3-cbc", "3des-ecb": "des3-ecb", "3des-cbc": "des3-cbc", "cast5": "cast5-cbc",
	"aes": "aes-cbc", "rijndael": "aes-cbc", "rijndael-cbc": "aes-cbc", "rijndael-ecb": "aes-ecb",
}

// Named finds a method by its name, in lower case: algorithm-mode/pad:padding, of which the
// mode (cbc) and the padding (pkcs) can be left out.
func Named(name string) (*Method, error) {
	parts := strings.Split(name, "/")
	padding := "pkcs"
	for _, p := range parts[1:] {
		option, value, has := strings.Cut(p, ":")
		switch {
		case p == "":
		case !has:
			return nil, ErrFormat
		case option != "pad":
			return nil, ErrOption
		default:
			padding = value
		}
	}
	full := parts[0]
	if to, ok := aliases[full]; ok {
		full = to
	}
	of, mode, _ := strings.Cut(full, "-")
	a, ok := algorithms[of]
	if !ok || padding != "pkcs" && padding != "none" || mode != "cbc" && mode != "ecb" && (mode != "cfb" || of != "bf") {
		return nil, ErrNoCipher
	}
	return &Method{algorithm: a, mode: mode, padding: padding == "pkcs"}, nil
}

// start makes the block cipher, and its first vector of iv with zeros behind.
func (m *Method) start(key, iv []byte) (cipher.Block, []byte, error) {
	b, err := m.algorithm.block(key[:min(len(key), m.algorithm.longest)])
	if err != nil {
		return nil, nil, ErrInit
	}
	return b, filled(iv[:min(len(iv), b.BlockSize())], b.BlockSize()), nil
}

// Encrypt enciphers data. A short iv has zeros behind.
func (m *Method) Encrypt(data, key, iv []byte) ([]byte, error) {
	b, iv, err := m.start(key, iv)
	if err != nil {
		return nil, err
	}
	if m.mode == "cfb" {
		out := make([]byte, len(data))
		NewCFB(b, iv).Encrypt(out, data)
		return out, nil
	}
	out := append(make([]byte, 0, len(data)+b.BlockSize()), data...)
	if m.padding {
		n := b.BlockSize() - len(data)%b.BlockSize()
		for range n {
			out = append(out, byte(n))
		}
	}
	if len(out)%b.BlockSize() != 0 {
		return nil, ErrEncrypt
	}
	if m.mode == "cbc" {
		cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, out)
		return out, nil
	}
	for at := 0; at < len(out); at += b.BlockSize() {
		b.Encrypt(out[at:], out[at:])
	}
	return out, nil
}

// Decrypt undoes Encrypt.
func (m *Method) Decrypt(data, key, iv []byte) ([]byte, error) {
	b, iv, err := m.start(key, iv)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	switch {
	case m.mode == "cfb":
		NewCFB(b, iv).Decrypt(out, data)
		return out, nil
	case len(data)%b.BlockSize() != 0, m.padding && len(data) == 0:
		return nil, ErrDecrypt
	case m.mode == "cbc":
		cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, data)
	default:
		for at := 0; at < len(out); at += b.BlockSize() {
			b.Decrypt(out[at:], data[at:])
		}
	}
	if !m.padding {
		return out, nil
	}
	n := int(out[len(out)-1])
	if n == 0 || n > b.BlockSize() {
		return nil, ErrDecrypt
	}
	for _, c := range out[len(out)-n:] {
		if int(c) != n {
			return nil, ErrDecrypt
		}
	}
	return out[:len(out)-n], nil
}

// CFB is the mode in which each block of the ciphertext, enciphered once more, covers the
// next one; texts can end within a block. It goes on where it has stopped.
type CFB struct {
	block       cipher.Block
	last, cover []byte
	at          int // within the block
}

// NewCFB begins with a vector of the size of a block.
func NewCFB(b cipher.Block, iv []byte) *CFB {
	return &CFB{block: b, last: append([]byte(nil), iv...), cover: make([]byte, b.BlockSize())}
}

// Encrypt enciphers src into dst, which may be the same.
func (c *CFB) Encrypt(dst, src []byte) {
	for i, b := range src {
		c.next()
		dst[i] = b ^ c.cover[c.at]
		c.last[c.at] = dst[i]
		c.at++
	}
}

// Decrypt undoes Encrypt.
func (c *CFB) Decrypt(dst, src []byte) {
	for i, b := range src {
		c.next()
		dst[i] = b ^ c.cover[c.at]
		c.last[c.at] = b
		c.at++
	}
}

func (c *CFB) next() {
	if c.at == len(c.last) {
		c.at = 0
	}
	if c.at == 0 {
		c.block.Encrypt(c.cover, c.last)
	}
}
