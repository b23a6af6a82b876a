package pgwire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Method is how a client proves that it is the user it names.
type Method uint8

// The methods of authentication.
const (
	// Reject refuses the client whatever it knows.
	Reject Method = iota
	// Trust believes the client. A name that is no role is an end user.
	Trust
	// SCRAM is SCRAM-SHA-256 with the role's stored verifier.
	SCRAM
)

const (
	mechanism      = "SCRAM-SHA-256"
	mockIterations = 4096
)

// authenticate decides whether the client may be p.user; endUser says that the
// name is believed but is no role. Every error is FATAL.
func (c *conn) authenticate(p *startupPacket) (endUser bool, err error) {
	verifier, role, _ := c.server.options.Sessions.Login(p.user)
	switch c.server.options.Auth(c.net.RemoteAddr(), p.user, c.encrypted) {
	case Trust:
		return !role, nil
	case SCRAM:
		return false, c.scram(p.user, verifier)
	}
	host := c.net.RemoteAddr().String()
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	encryption := "no encryption"
	if c.encrypted {
		encryption = "SSL encryption"
	}
	return false, sqlerr.New(sqlerr.InvalidAuthorizationSpecification,
		"pg_hba.conf rejects connection for host \"%s\", user \"%s\", database \"%s\", %s", host, p.user, p.database, encryption).Fatal()
}

// scram runs the exchange. A user without a verifier goes through one that
// cannot succeed, so that a stranger does not learn which users exist.
func (c *conn) scram(user, verifier string) error {
	credentials, err := parseVerifier(verifier)
	if err != nil {
		credentials = c.server.mockCredentials(user)
	}
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return credentials, nil })
	if err != nil {
		return sqlerr.Internal("scram: %w", err).Fatal()
	}
	exchange := server.NewConversation()

	c.out.begin('R')
	c.out.int32(10)
	c.out.cstring(mechanism)
	c.out.byte(0)
	if err := c.say(); err != nil {
		return err
	}
	first, err := c.saslInitialResponse()
	if err != nil {
		return err
	}
	challenge, err := exchange.Step(first)
	if err != nil {
		return protocolViolation("malformed SCRAM message").Fatal()
	}
	c.out.begin('R')
	c.out.int32(11)
	c.out.raw([]byte(challenge))
	if err := c.say(); err != nil {
		return err
	}
	proof, err := c.saslResponse()
	if err != nil {
		return err
	}
	signature, err := exchange.Step(string(proof))
	if err != nil || !exchange.Valid() {
		return sqlerr.New(sqlerr.InvalidPassword, "password authentication failed for user \"%s\"", user).Fatal()
	}
	c.out.begin('R')
	c.out.int32(12)
	c.out.raw([]byte(signature))
	return c.out.end()
}

// say completes a message and sends it.
func (c *conn) say() error {
	if err := c.out.end(); err != nil {
		return err
	}
	return c.out.flush()
}

// saslInitialResponse reads the chosen mechanism and the first message in it.
func (c *conn) saslInitialResponse() (string, error) {
	raw, err := c.saslResponse()
	if err != nil {
		return "", err
	}
	b := body{rest: raw}
	chosen := b.string()
	if b.err == nil && chosen != mechanism {
		return "", protocolViolation("client selected an invalid SASL authentication mechanism").Fatal()
	}
	n := b.int32()
	first := b.bytes(int(n))
	if e := b.finish(); e != nil {
		return "", fatal(e)
	}
	return string(first), nil
}

// saslResponse reads a 'p' message.
func (c *conn) saslResponse() ([]byte, error) {
	kind, err := c.in.buf.ReadByte()
	if err != nil {
		return nil, err
	}
	if kind != 'p' {
		return nil, protocolViolation("expected SASL response, got message type %d", kind).Fatal()
	}
	return c.in.reader.body(saslMessage)
}

// parseVerifier reads "SCRAM-SHA-256$4096:salt$stored key:server key".
func parseVerifier(verifier string) (scram.StoredCredentials, error) {
	var none scram.StoredCredentials
	parts := strings.Split(verifier, "$")
	if len(parts) != 3 || parts[0] != mechanism {
		return none, fmt.Errorf("not a %s verifier", mechanism)
	}
	count, salt64, ok1 := strings.Cut(parts[1], ":")
	stored64, server64, ok2 := strings.Cut(parts[2], ":")
	iterations, err := strconv.Atoi(count)
	if err != nil || !ok1 || !ok2 || iterations < 1 {
		return none, fmt.Errorf("malformed %s verifier", mechanism)
	}
	var decoded [3][]byte
	for i, text := range []string{salt64, stored64, server64} {
		if decoded[i], err = base64.StdEncoding.DecodeString(text); err != nil {
			return none, fmt.Errorf("malformed %s verifier: %w", mechanism, err)
		}
	}
	if len(decoded[1]) != sha256.Size || len(decoded[2]) != sha256.Size {
		return none, fmt.Errorf("malformed %s verifier", mechanism)
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(decoded[0]), Iters: iterations},
		StoredKey:  decoded[1], ServerKey: decoded[2],
	}, nil
}

// mockSecret is drawn once per server.
func mockSecret() []byte {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// mockCredentials belong to a user who has none: always the same salt for a
// name, and keys nobody has.
func (s *Server) mockCredentials(user string) scram.StoredCredentials {
	derive := func(label string) []byte {
		mac := hmac.New(sha256.New, s.secret)
		mac.Write([]byte(label + "\x00" + user))
		return mac.Sum(nil)
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(derive("salt")[:16]), Iters: mockIterations},
		StoredKey:  derive("stored"), ServerKey: derive("server"),
	}
}
