package pgwire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/xdg-go/scram"

	"github.com/kalamsql/kalamsql/pgwire/wiretest"
)

// verifierOf makes what PostgreSQL stores for a password.
func verifierOf(t *testing.T, password string) string {
	t.Helper()
	c, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		t.Fatal(err)
	}
	salt := "0123456789abcdef"
	k := c.GetStoredCredentials(scram.KeyFactors{Salt: salt, Iters: 4096})
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$4096:%s$%s:%s", b64([]byte(salt)), b64(k.StoredKey), b64(k.ServerKey))
}

func TestSCRAM(t *testing.T) {
	sessions, address := serveScripted(t, Options{})
	sessions.verifiers["alice"] = verifierOf(t, "secret")
	sessions.verifiers["empty"] = ""
	for _, try := range []struct {
		user, password string
		admitted       bool
	}{
		{"alice", "secret", true}, {"alice", "wrong", false}, {"nobody", "secret", false}, {"empty", "secret", false},
	} {
		c, err := pgconn.Connect(t.Context(), fmt.Sprintf("postgres://%s:%s@%s/x?sslmode=disable", try.user, try.password, address))
		if try.admitted != (err == nil) {
			t.Errorf("%+v: %v", try, err)
		}
		if err == nil {
			_ = c.Close(context.Background())
			continue
		}
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "28P01" || e.Severity != "FATAL" ||
			e.Message != fmt.Sprintf("password authentication failed for user %q", try.user) {
			t.Errorf("%+v: %v", try, err)
		}
	}
}

func TestMalformedSASL(t *testing.T) {
	_, address := serveScripted(t, Options{})
	for body, want := range map[string]string{
		"70 00000012 534352414d2d5348412d32353600":             "insufficient data left in message",
		"70 0000000d 4d443500 00000001 41":                     "client selected an invalid SASL authentication mechanism",
		"70 00000017 534352414d2d5348412d32353600 00000001 41": "malformed SCRAM message",
		"51 00000005 00": "expected SASL response, got message type 81",
		"70 00000004":    "invalid string in message",
	} {
		c := wiretest.Dial(t, address)
		c.SendStartup(t, version30, [][2]string{{"user", "alice"}})
		c.Until(t, "R")
		c.Send(t, wiretest.Unhex(t, body))
		if got := c.Until(t, "closed"); !strings.Contains(got[0], want) {
			t.Errorf("%s: got %v, want %s", body, got, want)
		}
	}
}

func TestVerifiers(t *testing.T) {
	for _, bad := range []string{"", "md5abc", "SCRAM-SHA-256$4096:x$y", "SCRAM-SHA-256$x:AA==$AA==:AA==", "SCRAM-SHA-256$1:AA==$AA==:AA=="} {
		if _, err := parseVerifier(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestReject(t *testing.T) {
	_, address := serveScripted(t, Options{Auth: func(_ net.Addr, _ string, _ bool) Method { return Reject }})
	c := wiretest.Dial(t, address)
	c.SendStartup(t, version30, [][2]string{{"user", "u"}, {"database", "d"}})
	if got := c.Until(t, "closed"); !strings.Contains(got[0], `C="28000" M="pg_hba.conf rejects connection for host \"127.0.0.1\", user \"u\", database \"d\", no encryption"`) {
		t.Errorf("got %v", got)
	}
}

func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestTLS(t *testing.T) {
	encrypted := make(chan bool, 4)
	auth := func(_ net.Addr, _ string, tls bool) Method { encrypted <- tls; return Trust }
	_, address := serveScripted(t, Options{TLS: selfSigned(t), Auth: auth})
	for _, params := range []string{"sslmode=require", "sslmode=require&sslnegotiation=direct", "sslmode=disable"} {
		c, err := pgconn.Connect(t.Context(), "postgres://postgres@"+address+"/postgres?"+params)
		if err != nil {
			t.Errorf("%s: %v", params, err)
			continue
		}
		if got := <-encrypted; got != (params != "sslmode=disable") {
			t.Errorf("%s: encrypted is %v", params, got)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("%s: %v", params, err)
		}
		_ = c.Close(context.Background())
	}
	// Direct TLS without ALPN.
	plain := wiretest.Dial(t, address)
	secure := tls.Client(plain, &tls.Config{InsecureSkipVerify: true})
	if err := secure.Handshake(); err == nil {
		if _, err := secure.Read(make([]byte, 1)); err == nil {
			t.Error("direct TLS without ALPN was answered")
		}
	}
}

const (
	sslRequest = "00000008 04d2162f"
	gssRequest = "00000008 04d21630"
)

func TestBytesBehindSSLRequest(t *testing.T) {
	_, address := serveScripted(t, Options{TLS: selfSigned(t), Auth: trustAll})
	c := wiretest.Dial(t, address)
	c.Send(t, wiretest.Unhex(t, sslRequest+"00000008 00030000"))
	if got := c.Until(t, "closed"); !strings.Contains(got[0], `C="08P01" M="received unencrypted data after SSL request"`) {
		t.Errorf("got %v", got)
	}
}

func TestEncryptionRequestsFollowEachOther(t *testing.T) {
	_, address := serveScripted(t, Options{Auth: trustAll})
	for _, order := range []string{gssRequest + sslRequest, sslRequest + gssRequest} {
		c := wiretest.Dial(t, address)
		c.Send(t, wiretest.Unhex(t, order))
		for range 2 {
			if answer, err := c.In.ReadByte(); err != nil || answer != 'N' {
				t.Fatalf("%q %v", answer, err)
			}
		}
		c.Startup(t, version30, [][2]string{{"user", "postgres"}})
	}
	c := wiretest.Dial(t, address)
	c.Send(t, wiretest.Unhex(t, sslRequest+sslRequest))
	_, _ = c.In.ReadByte()
	if got := c.Until(t, "closed"); !strings.Contains(got[0], "unsupported frontend protocol 1234.5679") {
		t.Errorf("got %v", got)
	}
}
