package pgp

import (
	"bytes"
	"fmt"
)

// KeyID tells the ID of a key, or of the one that a message is encrypted for: in hexadecimal
// digits, ANYKEY where the message does not tell, SYMKEY where a password opens it.
func KeyID(data []byte) (string, error) {
	r := &reader{data}
	main, keys, forKeys, passwords := false, 0, 0, 0
	var id [8]byte
read:
	for len(r.data) > 0 {
		tag, body, _, err := r.packet(false)
		if err != nil {
			return "", err
		}
		switch tag {
		case tagSecretKey, tagPublicKey: // it signs
			if main {
				return "", ErrSeveralKeys
			}
			main = true
		case tagSecretSubkey, tagPublicSubkey:
			k, err := readPublic(&reader{body})
			if err != nil {
				return "", err
			}
			if k.encrypts {
				keys++
				id = k.id
			}
		case tagPublicSessionKey:
			forKeys++
			in := &reader{body}
			version, err := in.byte()
			if err != nil {
				return "", err
			}
			if version != 3 {
				return "", ErrCorrupt
			}
			b, err := in.fixed(len(id))
			if err != nil {
				return "", err
			}
			copy(id[:], b)
		case tagEncrypted, tagProtected:
			break read
		case tagSymmetricSessionKey:
			passwords++
		case tagSignature, tagMarker, tagTrust, tagUserID, tagUserAttribute, tagPrivate:
		default:
			return "", ErrCorrupt
		}
	}
	switch {
	case keys > 1, forKeys > 1:
		return "", ErrSeveralKeys
	case keys > 0 && forKeys > 0:
		return "", ErrCorrupt
	case keys+forKeys > 0 && bytes.Equal(id[:], anyKey[:]):
		return "ANYKEY", nil
	case keys+forKeys > 0:
		return fmt.Sprintf("%X", id[:]), nil
	case passwords > 0:
		return "SYMKEY", nil
	}
	return "", ErrNoKey
}
