package pgp

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"math/big"

	"github.com/kalamsql/kalamsql/sql/expr/ciphers"
)

// Algorithms of keys.
const (
	rsaBoth, rsaEncrypt, rsaSign = 1, 2, 3
	elgamal                      = 16
	dsa                          = 17
)

// anyKey is the ID of a key that a message does not tell.
var anyKey [8]byte

// number is one as it is written, with its length in bits.
type number struct {
	bits int
	data []byte
}

func readNumber(r *reader) (n number, err error) {
	b, err := r.fixed(2)
	if err != nil {
		return n, err
	}
	n.bits = int(b[0])<<8 | int(b[1])
	n.data, err = r.fixed((n.bits + 7) / 8)
	return n, err
}

func (n number) appendTo(out []byte) []byte {
	return append(append(out, byte(n.bits>>8), byte(n.bits)), n.data...)
}

// value is the number, if it has as many bits as it says.
func (n number) value() (*big.Int, error) {
	v := new(big.Int).SetBytes(n.data)
	if v.BitLen() != n.bits {
		return nil, ErrMath
	}
	return v, nil
}

func values(list ...number) (out []*big.Int, err error) {
	for _, n := range list {
		v, err := n.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func numberOf(v *big.Int) number { return number{bits: v.BitLen(), data: v.Bytes()} }

// key is a public key, with its secret part where that was read.
type key struct {
	algorithm byte
	id        [8]byte
	// public is n and e of RSA, p, g and y of Elgamal; secret is d, p, q, u or x.
	public, secret []number
	encrypts       bool
}

// numbersOf is how many numbers the public and the secret part of a key have.
func numbersOf(algorithm byte) (public, secret int) {
	switch algorithm {
	case rsaBoth, rsaEncrypt, rsaSign:
		return 2, 4
	case elgamal:
		return 3, 1
	case dsa:
		return 4, 1
	}
	return 0, 0
}

func readNumbers(r *reader, n int) (list []number, err error) {
	for range n {
		m, err := readNumber(r)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

func readPublic(r *reader) (*key, error) {
	version, err := r.byte()
	if err != nil {
		return nil, err
	}
	if version != 4 {
		return nil, ErrKeyVersion
	}
	time, err := r.fixed(4)
	if err != nil {
		return nil, err
	}
	k := &key{}
	if k.algorithm, err = r.byte(); err != nil {
		return nil, err
	}
	n, _ := numbersOf(k.algorithm)
	if n == 0 {
		return nil, ErrUnknownPublicAlgo
	}
	if k.public, err = readNumbers(r, n); err != nil {
		return nil, err
	}
	k.encrypts = k.algorithm != rsaSign && k.algorithm != dsa
	body := append(append([]byte{version}, time...), k.algorithm)
	for _, n := range k.public {
		body = n.appendTo(body)
	}
	sum := sha1.Sum(append([]byte{0x99, byte(len(body) >> 8), byte(len(body))}, body...))
	copy(k.id[:], sum[12:])
	return k, nil
}

// readSecret reads a public key with the secret part, which a password may hide.
func readSecret(r *reader, password []byte) (*key, error) {
	k, err := readPublic(r)
	if err != nil {
		return nil, err
	}
	hidden, err := r.byte()
	if err != nil {
		return nil, err
	}
	switch hidden {
	case 0:
	case 254, 255:
		if password == nil {
			return nil, ErrNeedPassword
		}
		if r, err = uncovered(r, password); err != nil {
			return nil, err
		}
	default:
		return nil, ErrCorruptKey
	}
	_, n := numbersOf(k.algorithm)
	if k.secret, err = readNumbers(r, n); err != nil {
		return nil, err
	}
	var all []byte
	for _, n := range k.secret {
		all = n.appendTo(all)
	}
	var want []byte
	if hidden == 254 {
		sum := sha1.Sum(all)
		want = sum[:]
	} else {
		sum := 0
		for _, b := range all {
			sum += int(b)
		}
		want = []byte{byte(sum >> 8), byte(sum)}
	}
	got, err := r.fixed(len(want))
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(got, want):
		return nil, ErrCorruptKey
	case len(r.data) > 0:
		return nil, ErrCorrupt
	}
	return k, nil
}

// uncovered decrypts what a password hides of a key.
func uncovered(r *reader, password []byte) (*reader, error) {
	cipher, err := r.byte()
	if err != nil {
		return nil, err
	}
	s, err := readS2K(r)
	if err != nil {
		return nil, err
	}
	key, err := s.key(cipher, password)
	if err != nil {
		return nil, err
	}
	of := symmetricOf(cipher)
	iv, err := r.fixed(of.block)
	if err != nil {
		return nil, err
	}
	block, err := of.start(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(r.data))
	ciphers.NewCFB(block, iv).Decrypt(plain, r.data)
	return &reader{plain}, nil
}

// readKey finds the one key that encrypts among a main key and its subkeys.
func readKey(data, password []byte, secret bool) (found *key, err error) {
	r := &reader{data}
	main := false
	for len(r.data) > 0 {
		tag, body, _, err := r.packet(false)
		if err != nil {
			return nil, err
		}
		var k *key
		switch tag {
		case tagPublicKey, tagSecretKey:
			if main {
				return nil, ErrSeveralKeys
			}
			main = true
		case tagPublicSubkey:
			if secret {
				return nil, ErrPublicKey
			}
			k, err = readPublic(&reader{body})
		case tagSecretSubkey:
			if !secret {
				return nil, ErrSecretKey
			}
			k, err = readSecret(&reader{body}, password)
		case tagSignature, tagMarker, tagTrust, tagUserID, tagUserAttribute, tagPrivate:
		default:
			return nil, ErrUnexpectedPacket
		}
		switch {
		case err != nil:
			return nil, err
		case k == nil || !k.encrypts:
		case found != nil:
			return nil, ErrSeveralSubkeys
		default:
			found = k
		}
	}
	if found == nil {
		return nil, ErrNoKey
	}
	return found, nil
}

// encrypt hides a session key, and gives the numbers as they are written.
func (k *key) encrypt(secret []byte) ([]byte, error) {
	v, err := values(k.public...)
	if err != nil {
		return nil, err
	}
	modulus := v[0]
	// 2, random bytes other than 0, 0, and the secret: one byte shorter than the modulus.
	padded := make([]byte, len(k.public[0].data)-1)
	pad := len(padded) - 2 - len(secret)
	if pad < 8 {
		return nil, ErrPgcrypto
	}
	padded[0] = 2
	for i := 1; i <= pad; i++ {
		for padded[i] == 0 {
			rand.Read(padded[i : i+1])
		}
	}
	copy(padded[pad+2:], secret)
	m := new(big.Int).SetBytes(padded)
	if k.algorithm != elgamal {
		return numberOf(new(big.Int).Exp(m, v[1], modulus)).appendTo(nil), nil
	}
	bits := modulus.BitLen()/10 + 160
	if modulus.BitLen() > 5120 {
		bits = (modulus.BitLen()/8 + 200) * 3 / 2
	}
	x, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-1)))
	if err != nil {
		return nil, ErrMath
	}
	x.SetBit(x, bits-1, 1)
	c1 := new(big.Int).Exp(v[1], x, modulus)
	c2 := new(big.Int).Exp(v[2], x, modulus)
	c2.Mul(c2, m).Mod(c2, modulus)
	return numberOf(c2).appendTo(numberOf(c1).appendTo(nil)), nil
}

// decrypt reads the numbers that hide a session key, behind the algorithm.
func (k *key) decrypt(r *reader) ([]byte, error) {
	algorithm, err := r.byte()
	if err != nil {
		return nil, err
	}
	var m *big.Int
	switch algorithm {
	case elgamal:
		if k.algorithm != elgamal {
			return nil, ErrWrongKey
		}
		list, err := readNumbers(r, 2)
		if err != nil {
			return nil, err
		}
		v, err := values(list[0], list[1], k.public[0], k.secret[0])
		if err != nil {
			return nil, err
		}
		if v[2].Sign() == 0 {
			return nil, ErrMath
		}
		m = new(big.Int).Exp(v[0], v[3], v[2])
		if m.ModInverse(m, v[2]) == nil {
			return nil, ErrMath
		}
		m.Mul(m, v[1]).Mod(m, v[2])
	case rsaBoth, rsaEncrypt:
		if k.algorithm != rsaBoth && k.algorithm != rsaEncrypt {
			return nil, ErrWrongKey
		}
		c, err := readNumber(r)
		if err != nil {
			return nil, err
		}
		v, err := values(c, k.public[0], k.secret[0])
		if err != nil {
			return nil, err
		}
		if v[1].Sign() == 0 {
			return nil, ErrMath
		}
		m = new(big.Int).Exp(v[0], v[2], v[1])
	default:
		return nil, ErrUnknownPublicAlgo
	}
	padded := m.Bytes()
	end := bytes.IndexByte(padded, 0)
	if end < 9 || padded[0] != 2 {
		return nil, ErrWrongKey
	}
	return padded[end+1:], nil
}
