package catalog

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// scramIterations is PostgreSQL 15's iteration count.
const scramIterations = 4096

// PasswordVerifier makes the SCRAM-SHA-256 verifier that is stored for a
// password, in PostgreSQL's form (RFC 5803):
// SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey. A password that is such a
// verifier already is kept. The empty password is none.
func PasswordVerifier(password string) (string, error) {
	if password == "" || strings.HasPrefix(password, "SCRAM-SHA-256$") {
		return password, nil
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	return VerifierWithSalt(password, salt, scramIterations)
}

// VerifierWithSalt is PasswordVerifier with the salt and count given.
func VerifierWithSalt(password string, salt []byte, iterations int) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	clientKey := mac(salted, "Client Key")
	stored := sha256.Sum256(clientKey)
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, b64(salt), b64(stored[:]), b64(mac(salted, "Server Key"))), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
