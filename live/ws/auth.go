package ws

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// JWTOptions say how tokens are checked.
type JWTOptions struct {
	// KeyFile holds a PEM public key (RS256, ES256), or a secret (HS256).
	KeyFile string
	// JWKSFile holds a JSON Web Key Set.
	JWKSFile         string
	Algorithms       []string
	Issuer, Audience string
}

// authenticator finds out who a client is.
type authenticator struct {
	opts   Options
	keys   jwt.Keyfunc
	parser *jwt.Parser
}

func newAuthenticator(o Options) (*authenticator, error) {
	a := &authenticator{opts: o}
	if o.JWT == nil {
		return a, nil
	}
	algorithms := o.JWT.Algorithms
	if algorithms == nil {
		algorithms = []string{"HS256", "RS256", "ES256"}
	}
	options := []jwt.ParserOption{jwt.WithValidMethods(algorithms), jwt.WithExpirationRequired()}
	if o.JWT.Issuer != "" {
		options = append(options, jwt.WithIssuer(o.JWT.Issuer))
	}
	if o.JWT.Audience != "" {
		options = append(options, jwt.WithAudience(o.JWT.Audience))
	}
	a.parser = jwt.NewParser(options...)
	var err error
	switch {
	case o.JWT.JWKSFile != "":
		a.keys, err = keySet(o.JWT.JWKSFile)
	default:
		a.keys, err = keyFile(o.JWT.KeyFile)
	}
	return a, err
}

func keySet(path string) (jwt.Keyfunc, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k, err := keyfunc.NewJWKSetJSON(json.RawMessage(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k.Keyfunc, nil
}

// keyFile reads a public key or a secret. A public key verifies only the
// algorithms of its own kind, so that nobody can pass it off as a secret.
func keyFile(path string) (jwt.Keyfunc, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var key any
	family := ""
	if !strings.Contains(string(b), "-----BEGIN") {
		key, family = []byte(strings.TrimSpace(string(b))), "HS"
	} else if k, err := jwt.ParseRSAPublicKeyFromPEM(b); err == nil {
		key, family = k, "RS"
	} else if k, err := jwt.ParseECPublicKeyFromPEM(b); err == nil {
		key, family = k, "ES"
	} else {
		return nil, fmt.Errorf("%s holds no RSA or EC public key", path)
	}
	return func(t *jwt.Token) (any, error) {
		if !strings.HasPrefix(t.Method.Alg(), family) {
			return nil, errors.New("the key does not fit the token's algorithm")
		}
		return key, nil
	}, nil
}

// identity is who a client has been found to be.
type identity struct {
	user, role string
	endUser    bool
	expires    time.Time // zero: never
}

// failed is the error of every failed authentication: it does not say what was
// wrong.
func failed(user string) error {
	return sqlerr.New(sqlerr.InvalidPassword, `password authentication failed for user "%s"`, user)
}

// named makes the identity of a user: a role, or an end user if there is no
// such role.
func (a *authenticator) named(user, role string) identity {
	_, isRole, _ := a.opts.Sessions.Login(user)
	return identity{user: user, role: role, endUser: !isRole || role != ""}
}

// trust takes a client's word for who it is, where the address is trusted.
func (a *authenticator) trust(remote net.Addr, user string) (identity, error) {
	if !a.opts.Trust(remote) {
		return identity{}, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "this address is not trusted")
	}
	if user == "" {
		return identity{}, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "no user name specified")
	}
	return a.named(user, ""), nil
}

// password checks a password against the stored verifier.
func (a *authenticator) password(user, password string) (identity, error) {
	verifier, _, canLogin := a.opts.Sessions.Login(user)
	// SCRAM-SHA-256$4096:salt$StoredKey:ServerKey
	parts := strings.Split(verifier, "$")
	if len(parts) != 3 || !canLogin {
		return identity{}, failed(user)
	}
	count, salt64, ok := strings.Cut(parts[1], ":")
	iterations, err := strconv.Atoi(count)
	salt, serr := base64.StdEncoding.DecodeString(salt64)
	if !ok || err != nil || serr != nil {
		return identity{}, failed(user)
	}
	got, err := catalog.VerifierWithSalt(password, salt, iterations)
	if err != nil || subtle.ConstantTimeCompare([]byte(got), []byte(verifier)) != 1 {
		return identity{}, failed(user)
	}
	return identity{user: user}, nil
}

// claims are what a token says.
type claims struct {
	Role string `json:"role,omitempty"`
	jwt.RegisteredClaims
}

// token checks a JSON Web Token: its subject is the user.
func (a *authenticator) token(text string) (identity, error) {
	refused := sqlerr.New(sqlerr.InvalidPassword, "the token is not valid")
	if a.parser == nil {
		return identity{}, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "this server accepts no tokens")
	}
	var c claims
	if _, err := a.parser.ParseWithClaims(text, &c, a.keys); err != nil {
		if errors.Is(err, jwt.ErrTokenExpired) {
			return identity{}, sqlerr.New(sqlerr.InvalidPassword, "the token has expired")
		}
		return identity{}, refused.WithCause(err)
	}
	if c.Subject == "" {
		return identity{}, refused
	}
	id := a.named(c.Subject, c.Role)
	id.expires = c.ExpiresAt.Time
	return id, nil
}

// request authenticates an HTTP request by its Authorization header; a trusted
// address needs none.
func (a *authenticator) request(r *http.Request) (identity, error) {
	remote := remoteAddr(r)
	header := r.Header.Get("Authorization")
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		return a.token(token)
	}
	if user, password, ok := r.BasicAuth(); ok {
		if a.opts.Trust(remote) {
			return a.trust(remote, user)
		}
		return a.password(user, password)
	}
	if header == "" && a.opts.Trust(remote) {
		return a.trust(remote, "postgres")
	}
	return identity{}, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "authentication is required")
}

// startup is how a session is opened for an identity.
func (id identity) startup(database, remote, transport string, settings map[string]string) session.Startup {
	if database == "" {
		database = "postgres"
	}
	return session.Startup{User: id.user, Role: id.role, EndUser: id.endUser, Database: database, Remote: remote, Transport: transport, Settings: settings}
}

// remoteAddr is the address a request came from.
func remoteAddr(r *http.Request) net.Addr {
	a, err := net.ResolveTCPAddr("tcp", r.RemoteAddr)
	if err != nil {
		return &net.TCPAddr{}
	}
	return a
}
