package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// start gives an environment with extra flags and one shared table, notes.
func start(t *testing.T, flags ...string) *env {
	t.Helper()
	e := &env{T: t, kind: kinds[2], server: testserver.Start(t, flags...), ctx: t.Context()}
	e.db = e.connect("postgres")
	e.table("notes", notes)
	return e
}

// raw opens a WebSocket without saying who it is.
func (e *env) raw(header http.Header) *client {
	e.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(e.ctx, "ws://"+e.server.HTTPAddr()+"/v1/ws", header)
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { conn.Close() })
	return &client{e: e, conn: conn}
}

// closed reads until the server closes and gives the code.
func (c *client) closed() int {
	c.e.Helper()
	for {
		if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			c.e.Fatal(err)
		}
		if _, _, err := c.conn.ReadMessage(); err != nil {
			ce, ok := err.(*websocket.CloseError)
			if !ok {
				c.e.Fatalf("no close frame: %v", err)
			}
			return ce.Code
		}
	}
}

func TestBeforeAuthentication(t *testing.T) {
	e := start(t)
	c := e.raw(nil)
	c.send(map[string]any{"type": "ping"})
	if f := c.read(); f.Type != "pong" {
		t.Fatalf("%s", f.raw)
	}
	c.send(map[string]any{"type": "execute", "id": "x", "sql": "SELECT 1"})
	if f := c.read(); f.Type != "error" || f.Code != "28000" || f.ID != "x" {
		t.Fatalf("%s", f.raw)
	}
	c.send(map[string]any{"type": "authenticate", "method": "password", "user": "postgres", "password": "wrong"})
	if f := c.read(); f.Type != "auth_error" || f.Code != "28P01" {
		t.Fatalf("%s", f.raw)
	}
	if code := c.closed(); code != 4401 {
		t.Errorf("closed with %d", code)
	}
	// Whoever says nothing is cut off.
	silent := e.raw(nil)
	if f := silent.read(); f.Type != "auth_error" {
		t.Fatalf("%s", f.raw)
	}
	if code := silent.closed(); code != 4401 {
		t.Errorf("closed with %d", code)
	}
}

func TestPasswordAuthentication(t *testing.T) {
	e := start(t, "--auth", "trust")
	e.exec("CREATE ROLE app LOGIN PASSWORD 'secret'")
	e.exec("GRANT SELECT ON notes TO app")
	c := e.raw(nil)
	c.send(map[string]any{"type": "authenticate", "method": "password", "user": "app", "password": "secret"})
	if f := c.read(); f.Type != "auth_success" || !strings.Contains(string(f.raw), `"user":"app","role":"app"`) {
		t.Fatalf("%s", f.raw)
	}
	for _, user := range []string{"app", "nobody"} {
		c := e.raw(nil)
		c.send(map[string]any{"type": "authenticate", "method": "password", "user": user, "password": "Secret"})
		if f := c.read(); f.Type != "auth_error" || f.Message != fmt.Sprintf("password authentication failed for user %q", user) {
			t.Fatalf("%s", f.raw)
		}
	}
}

// TestFaultsEndTheirConnectionAlone sends what no client should; another
// client notices nothing.
func TestFaultsEndTheirConnectionAlone(t *testing.T) {
	e := start(t, "--max-frame", "100000")
	bystander := e.dial("postgres")
	bystander.subscribe("s", "SELECT id FROM notes", nil)
	for _, try := range []struct {
		name string
		kind int
		data []byte
		code int
	}{
		{"a binary frame", websocket.BinaryMessage, []byte("{}"), 1003},
		{"no JSON", websocket.TextMessage, []byte("{"), 1007},
		{"a list", websocket.TextMessage, []byte("[1]"), 1007},
		{"a large frame", websocket.TextMessage, bytes.Repeat([]byte(" "), 100001), 1009},
	} {
		c := e.dial("postgres")
		if err := c.conn.WriteMessage(try.kind, try.data); err != nil {
			t.Fatal(err)
		}
		if f := c.read(); f.Type != "error" {
			t.Errorf("%s: %s", try.name, f.raw)
		}
		if code := c.closed(); code != try.code {
			t.Errorf("%s: closed with %d, want %d", try.name, code, try.code)
		}
	}
	c := e.dial("postgres")
	for message, code := range map[string]string{
		`{"type":"dance"}`:     "08P01",
		`{"type":"subscribe"}`: "08P01",
		`{"type":"subscribe","subscription":{"id":"s","sql":"DELETE FROM notes"}}`:                                 "0A000",
		`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT random() FROM notes"}}`:                        "0A000",
		`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT * FROM notes WHERE id = $1"}}`:                 "08P01",
		`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT * FROM notes","options":{"from":"nonsense"}}}`: "22023",
		`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT * FROM notes","options":{"slow":"ly"}}}`:       "22023",
		`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT * FROM notes WHERE id = 'x'"}}`:                "22P02",
		`{"type":"unsubscribe","subscription_id":"s"}`:                                                             "42704",
		`{"type":"execute","id":"x","sql":"SELECT * FORM notes"}`:                                                  "42601",
		`{"type":"execute","id":"x","sql":"COPY notes TO STDOUT"}`:                                                 "0A000",
		`{"type":"execute","id":"x","sql":"SELECT $1::int","params":["y"]}`:                                        "22P02",
		`{"type":"execute","id":"x","sql":"SELECT 1; SELECT $1","params":["y"]}`:                                   "42601",
		`{"type":"listen","channel":""}`:                                                                           "22023",
	} {
		if err := c.conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
			t.Fatal(err)
		}
		if f := c.read(); f.Type != "error" || f.Code != code {
			t.Errorf("%s: %s", message, f.raw)
		}
	}
	e.exec("INSERT INTO notes VALUES (1)")
	if got := bystander.one(); got.Row["id"] != "1" {
		t.Fatal(got)
	}
}

// TestOriginAndHost: pages of others and rebound names are refused, whatever
// the authentication.
func TestOriginAndHost(t *testing.T) {
	e := start(t, "--allowed-origins", "https://app.example", "--hosts", "db.example")
	addr := e.server.HTTPAddr()
	for _, try := range []struct {
		origin, host string
		ok           bool
	}{
		{"", "", true}, {"http://" + addr, "", true}, {"https://app.example", "", true}, {"", "db.example", true}, {"", "localhost", true},
		{"https://evil.example", "", false}, {"null", "", false}, {"", "evil.example", false}, {"http://evil.example", "evil.example", false},
	} {
		for _, path := range []string{"/v1/ws", "/v1/sql", "/", "/metrics"} {
			method, body := http.MethodGet, io.Reader(nil)
			if path == "/v1/sql" {
				method, body = http.MethodPost, strings.NewReader(`{"sql":"SELECT 1"}`)
			}
			r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, body)
			if err != nil {
				t.Fatal(err)
			}
			if try.origin != "" {
				r.Header.Set("Origin", try.origin)
			}
			r.Host = try.host
			w, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			w.Body.Close()
			if (w.StatusCode != http.StatusForbidden) != try.ok {
				t.Errorf("origin %q, host %q, %s: %d", try.origin, try.host, path, w.StatusCode)
			}
		}
	}
}

// keys makes a private key of each kind, and files to verify with.
func keys(t *testing.T) (rsaKey *rsa.PrivateKey, ecKey *ecdsa.PrivateKey, rsaFile, ecFile, secretFile, jwks string) {
	t.Helper()
	dir := t.TempDir()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if ecKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public := func(name string, key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return write(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	set := `{"keys":[{"kty":"oct","kid":"one","alg":"HS256","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}`
	return rsaKey, ecKey, public("rsa.pem", rsaKey.Public()), public("ec.pem", ecKey.Public()), write("secret", []byte("secret-secret-secret-secret\n")), write("jwks.json", []byte(set))
}

func TestTokens(t *testing.T) {
	rsaKey, ecKey, rsaFile, ecFile, secretFile, jwks := keys(t)
	secret := []byte("secret-secret-secret-secret")
	hour := time.Now().Add(time.Hour).Unix()
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims, kid string) string {
		token := jwt.NewWithClaims(method, claims)
		if kid != "" {
			token.Header["kid"] = kid
		}
		s, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rsaPublic, err := os.ReadFile(rsaFile)
	if err != nil {
		t.Fatal(err)
	}
	alice := jwt.MapClaims{"sub": "alice", "exp": hour}
	for _, try := range []struct {
		name, flag, file, token string
		ok                      bool
	}{
		{"HS256", "--jwt-keys", secretFile, sign(jwt.SigningMethodHS256, secret, alice, ""), true},
		{"RS256", "--jwt-keys", rsaFile, sign(jwt.SigningMethodRS256, rsaKey, alice, ""), true},
		{"ES256", "--jwt-keys", ecFile, sign(jwt.SigningMethodES256, ecKey, alice, ""), true},
		{"JWKS", "--jwt-jwks", jwks, sign(jwt.SigningMethodHS256, []byte("secret-secret-secret-secret"), alice, "one"), true},
		{"another key of the set", "--jwt-jwks", jwks, sign(jwt.SigningMethodHS256, secret, alice, "two"), false},
		{"no expiry", "--jwt-keys", secretFile, sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "alice"}, ""), false},
		{"expired", "--jwt-keys", secretFile, sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "alice", "exp": hour - 7200}, ""), false},
		{"no subject", "--jwt-keys", secretFile, sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": hour}, ""), false},
		{"another secret", "--jwt-keys", secretFile, sign(jwt.SigningMethodHS256, []byte("x"), alice, ""), false},
		{"the public key as a secret", "--jwt-keys", rsaFile, sign(jwt.SigningMethodHS256, rsaPublic, alice, ""), false},
		{"no signature", "--jwt-keys", secretFile, sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, alice, ""), false},
		{"nonsense", "--jwt-keys", secretFile, "a.b.c", false},
	} {
		t.Run(try.name, func(t *testing.T) {
			e := &env{T: t, kind: kinds[0], server: testserver.Start(t, try.flag, try.file), ctx: t.Context()}
			e.db = e.connect("postgres")
			e.table("notes", notes)
			e.exec("EXECUTE AS USER 'alice' (INSERT INTO notes VALUES (1, 'hers'))")
			c := e.raw(nil)
			c.send(map[string]any{"type": "authenticate", "method": "jwt", "token": try.token})
			f := c.read()
			if !try.ok {
				if f.Type != "auth_error" || f.Code != "28P01" {
					t.Fatalf("%s", f.raw)
				}
				return
			}
			if f.Type != "auth_success" {
				t.Fatalf("%s", f.raw)
			}
			if rows, _, _ := c.subscribe("s", "SELECT * FROM notes", nil); len(rows) != 1 || rows[0]["title"] != "hers" {
				t.Fatal(rows)
			}
			// The same token opens HTTP.
			answer, status := e.post(`{"sql":"SELECT title FROM notes"}`, "Bearer "+try.token)
			if status != 200 || !strings.Contains(answer, "hers") {
				t.Fatalf("%d %s", status, answer)
			}
		})
	}
	// A token's end is the connection's end.
	e := &env{T: t, server: testserver.Start(t, "--jwt-keys", secretFile), ctx: t.Context()}
	c := e.raw(nil)
	c.send(map[string]any{"type": "authenticate", "method": "jwt", "token": sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "alice", "exp": time.Now().Unix() + 2}, "")})
	if f := c.read(); f.Type != "auth_success" {
		t.Fatalf("%s", f.raw)
	}
	if code := c.closed(); code != 4401 {
		t.Errorf("closed with %d", code)
	}
}

// post runs POST /v1/sql.
func (e *env) post(body, authorization string) (string, int) {
	e.Helper()
	r, err := http.NewRequestWithContext(e.ctx, http.MethodPost, "http://"+e.server.HTTPAddr()+"/v1/sql", strings.NewReader(body))
	if err != nil {
		e.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		e.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		e.Fatal(err)
	}
	if !json.Valid(b) {
		e.Fatalf("no JSON: %s", b)
	}
	return string(b), w.StatusCode
}

func TestHTTP(t *testing.T) {
	e := start(t)
	for _, try := range []struct {
		body, want string
		status     int
	}{
		{`{"sql":"INSERT INTO notes VALUES ($1, $2) RETURNING id","params":[1,"a"]}`, `{"results":[{"command":"INSERT 0 1","columns":[{"name":"id","type":"int8"}],"rows":[{"id":"1"}]}],"cursor":"`, 200},
		{`{"sql":"SELECT n FROM notes; SELECT 1.5 AS x"}`, `{"results":[{"command":"SELECT 1","columns":[{"name":"n","type":"int4"}],"rows":[{"n":0}]},{"command":"SELECT 1","columns":[{"name":"x","type":"numeric"}],"rows":[{"x":"1.5"}]}]`, 200},
		{`{"sql":""}`, `"results":[`, 200},
		{`{"sql":"SELECT * FROM nosuch"}`, `{"error":{"code":"42P01","message":"relation \"nosuch\" does not exist"`, 404},
		{`{"sql":"INSERT INTO notes VALUES (1)"}`, `"code":"23505"`, 409},
		{`{"sql":"SELECT 1/0"}`, `"code":"22012"`, 400},
		{`{"sql":`, `"code":"22P02"`, 400},
		{`{"sql":"SELECT xmlserialize(document xml AS text INDENT)"}`, `"code":"0A000"`, 501},
	} {
		answer, status := e.post(try.body, "")
		if status != try.status || !strings.Contains(answer, try.want) {
			t.Errorf("%s: %d %s", try.body, status, answer)
		}
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n", "/metrics": "kalamsql_"} {
		w, err := http.Get("http://" + e.server.HTTPAddr() + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(w.Body)
		w.Body.Close()
		if err != nil || w.StatusCode != 200 || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d %s %v", path, w.StatusCode, b, err)
		}
	}
}

func TestExecuteIsOneSession(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	c.subscribe("s", "SELECT id FROM notes", nil)
	run := func(sql string, params ...any) *frame {
		t.Helper()
		c.send(map[string]any{"type": "execute", "id": sql, "sql": sql, "params": params})
		f := c.read()
		if f.Type != "result" || f.ID != sql {
			t.Fatalf("%s: %s", sql, f.raw)
		}
		return f
	}
	run("SET timezone = 'Asia/Tokyo'")
	if f := run("SELECT current_setting('timezone') AS zone"); string(f.Rows[0]) != `{"zone":"Asia/Tokyo"}` {
		t.Fatalf("%s", f.raw)
	}
	run("BEGIN")
	run("INSERT INTO notes VALUES ($1, $2)", 1, nil)
	run("INSERT INTO notes VALUES ($1, $2)", "2", "x")
	c.send(map[string]any{"type": "execute", "id": "c", "sql": "COMMIT"})
	var cursor, group string
	for range 2 { // the answer and the group, in either order
		switch f := c.read(); f.Type {
		case "result":
			cursor = f.Cursor
		case "changes":
			group = f.Cursor
			if len(f.Subscriptions[0].Changes) != 2 {
				t.Fatalf("%s", f.raw)
			}
		default:
			t.Fatalf("%s", f.raw)
		}
	}
	if cursor == "" || cursor != group {
		t.Errorf("the commit's cursor is %q, the group's %q", cursor, group)
	}
}

func TestSnapshots(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		for i := range 10 {
			e.exec("INSERT INTO notes VALUES ($1, 'x', $2)", i, 9-i)
		}
		c := e.dial("postgres")
		rows, _, cursor := c.subscribe("none", "SELECT id FROM notes", map[string]any{"snapshot": false})
		if len(rows) != 0 || cursor == "" {
			t.Fatal(rows)
		}
		rows, _, _ = c.subscribe("last", "SELECT id FROM notes", map[string]any{"last_rows": 3})
		if fmt.Sprint(rows) != "[map[id:7] map[id:8] map[id:9]]" {
			t.Fatal(rows)
		}
		// Batches that are asked for.
		c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "pull", "sql": "SELECT id FROM notes", "options": map[string]any{"pull": true, "batch_size": 4}}})
		if f := c.read(); f.Type != "subscription_ack" {
			t.Fatalf("%s", f.raw)
		}
		for i, want := range []int{4, 4, 2} {
			if i > 0 {
				c.send(map[string]any{"type": "ping"})
				if f := c.read(); f.Type != "pong" {
					t.Fatalf("a batch came that nobody asked for: %s", f.raw)
				}
				c.send(map[string]any{"type": "next_batch", "subscription_id": "pull"})
			}
			f := c.read()
			if f.Type != "initial_data_batch" || len(f.Rows) != want || f.BatchNum != i || f.HasMore != (i < 2) {
				t.Fatalf("%s", f.raw)
			}
		}
		c.send(map[string]any{"type": "unsubscribe", "subscription_id": "none"})
		if f := c.read(); f.Type != "unsubscribed" || f.Subscription != "none" {
			t.Fatalf("%s", f.raw)
		}
	})
}

// TestEndings: every way a subscription ends says why.
func TestEndings(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		e.table("other", notes)
		c := e.dial("postgres")
		c.subscribe("dropped", "SELECT id FROM other", nil)
		c.subscribe("altered", "SELECT id, title FROM notes", nil)
		c.subscribe("cancelled", "SELECT id FROM notes", nil)
		end := func(id, reason string) {
			t.Helper()
			if f := c.read(); f.Type != "subscription_end" || f.Subscription != id || f.Reason != reason || f.Cursor == "" || f.Code == "" {
				t.Fatalf("want the end of %s: %s", id, f.raw)
			}
		}
		e.exec("ALTER TABLE notes ADD COLUMN more int")
		e.exec("INSERT INTO notes VALUES (1)")
		if n := len(c.read().Subscriptions); n != 2 {
			t.Fatalf("%d subscriptions moved", n)
		}
		e.exec("DROP TABLE other")
		end("dropped", "table_dropped")
		e.exec("ALTER TABLE notes DROP COLUMN title")
		end("altered", "table_altered")
		e.exec("SELECT kalam_end_subscription(id) FROM kalam.subscriptions WHERE query LIKE 'SELECT id FROM notes%'")
		end("cancelled", "cancelled")
	})
}

// TestSlowConsumers: one who does not read is ended, with a cursor, or keeps
// the newest state of each key.
func TestSlowConsumers(t *testing.T) {
	e := start(t, "--subscription-queue", "200000")
	closes, coalesces := e.dial("postgres"), e.dial("postgres")
	closes.subscribe("s", "SELECT * FROM notes", nil)
	coalesces.subscribe("s", "SELECT * FROM notes", map[string]any{"slow": "coalesce"})
	const writes = 1200 // 36 MB: more than any socket buffers
	// One statement, so that it is over long before a socket that takes nothing is given up.
	e.exec(fmt.Sprintf(`DO $$ BEGIN FOR i IN 0..%d LOOP
		INSERT INTO notes VALUES (i %% 3, repeat('x', 30000), i) ON CONFLICT (id) DO UPDATE SET title = excluded.title, n = excluded.n;
		COMMIT;
	END LOOP; END $$`, writes-1))
	for {
		f := closes.read()
		if f.Type == "changes" {
			continue
		}
		if f.Type != "subscription_end" || f.Reason != "slow_consumer" || f.Code != "53400" || f.Cursor == "" {
			t.Fatalf("%.300s", f.raw)
		}
		break
	}
	coalesced := false
	for last := map[string]float64{}; last["0"]+last["1"]+last["2"] != 3*writes-6; {
		f := coalesces.read()
		if f.Type != "changes" {
			t.Fatalf("%.300s", f.raw)
		}
		coalesced = coalesced || f.Subscriptions[0].Coalesced
		for _, ch := range f.Subscriptions[0].Changes {
			last[ch.Row["id"].(string)] = ch.Row["n"].(float64)
		}
	}
	if !coalesced {
		t.Error("no group was said to be coalesced")
	}
}

// TestSlowConsumersOfLists: a list that is coalesced is spliced like any other.
func TestSlowConsumersOfLists(t *testing.T) {
	e := start(t, "--subscription-queue", "600000")
	c := e.dial("postgres")
	c.subscribe("s", "SELECT * FROM notes ORDER BY n % 7, id LIMIT 4", map[string]any{"slow": "coalesce"})
	const writes = 1200
	e.exec(fmt.Sprintf(`DO $$ BEGIN FOR i IN 1..%d LOOP
		INSERT INTO notes VALUES (i %% 8, repeat('x', 30000), i) ON CONFLICT (id) DO UPDATE SET title = excluded.title, n = excluded.n;
		IF i %% 5 = 0 THEN DELETE FROM notes WHERE id = i %% 8; END IF;
		COMMIT;
	END LOOP; INSERT INTO notes VALUES (100, '', -1); END $$`, writes))
	var list []map[string]any
	coalesced := false
	for len(list) == 0 || list[0]["id"] != "100" {
		f := c.read()
		if f.Type != "changes" {
			t.Fatalf("%.300s", f.raw)
		}
		coalesced = coalesced || f.Subscriptions[0].Coalesced
		for _, ch := range f.Subscriptions[0].Changes {
			if ch.Old != nil {
				if list[ch.FromAt]["n"] != ch.Old["n"] {
					t.Fatalf("%v is not at %d: %v", ch.Old["id"], ch.FromAt, list[ch.FromAt]["id"])
				}
				list = slices.Delete(list, ch.FromAt, ch.FromAt+1)
			}
			if ch.Row != nil {
				list = slices.Insert(list, ch.At, ch.Row)
			}
		}
	}
	if !coalesced {
		t.Error("no group was said to be coalesced")
	}
	rows, _, _ := e.dial("postgres").subscribe("s", "SELECT * FROM notes ORDER BY n % 7, id LIMIT 4", nil)
	if !slices.EqualFunc(rows, list, func(a, b map[string]any) bool { return a["id"] == b["id"] && a["n"] == b["n"] }) {
		t.Errorf("%d rows instead of %d", len(list), len(rows))
	}
}

func TestLimits(t *testing.T) {
	e := start(t, "--max-subscriptions", "2", "--max-websockets", "2", "--statements-per-second", "5")
	c := e.dial("postgres")
	c.subscribe("a", "SELECT id FROM notes", nil)
	c.subscribe("b", "SELECT id FROM notes", nil)
	c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "c", "sql": "SELECT id FROM notes"}})
	if f := c.read(); f.Type != "error" || f.Code != "53300" {
		t.Fatalf("%s", f.raw)
	}
	refused := false
	for range 20 {
		c.send(map[string]any{"type": "execute", "id": "x", "sql": "SELECT 1"})
		f := c.read()
		refused = refused || f.Type == "error" && f.Code == "53400"
	}
	if !refused {
		t.Error("20 statements at once were let through")
	}
	e.raw(nil)
	_, w, err := websocket.DefaultDialer.DialContext(e.ctx, "ws://"+e.server.HTTPAddr()+"/v1/ws", nil)
	if err == nil || w.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a third connection: %v", err)
	}
}

func TestHeartbeat(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	c.subscribe("s", "SELECT id FROM notes", map[string]any{"heartbeat": 0.05})
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, b, err := c.conn.ReadMessage()
	if err != nil || !strings.HasPrefix(string(b), `{"type":"heartbeat","cursor":"`) {
		t.Fatalf("%s %v", b, err)
	}
}

func TestChannels(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	c.send(map[string]any{"type": "listen", "channel": "news"})
	if f := c.read(); f.Type != "result" || f.Command != "LISTEN" || f.Cursor == "" {
		t.Fatalf("%s", f.raw)
	}
	e.exec("BEGIN; NOTIFY news, 'a'; NOTIFY news, 'a'; NOTIFY other, 'x'; SELECT pg_notify('news', 'b'); COMMIT")
	for _, want := range []string{"a", "b"} {
		if f := c.read(); f.Type != "notification" || f.Channel != "news" || f.Payload != want {
			t.Fatalf("%s", f.raw)
		}
	}
}

// get fetches a path of the HTTP address.
func (e *env) get(path string) (body string, header http.Header) {
	e.Helper()
	w, err := http.Get("http://" + e.server.HTTPAddr() + path)
	if err != nil {
		e.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK {
		e.Fatalf("%s: %d %v", path, w.StatusCode, err)
	}
	return string(b), w.Header
}

// TestGoneClientIsForgottenUnderLoad: a client that vanishes while changes come to
// it all the time leaves nothing behind.
func TestGoneClientIsForgottenUnderLoad(t *testing.T) {
	e := &env{T: t, ctx: t.Context(), server: testserver.Start(t)}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE t (id bigserial PRIMARY KEY)")
	gone := e.dial("postgres")
	gone.subscribe("s", "SELECT id FROM t", nil)
	writer, done := e.connect("postgres"), make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := writer.Exec(e.ctx, "INSERT INTO t DEFAULT VALUES"); err != nil {
				t.Error(err)
				return
			}
		}
	})
	gone.changes(3)
	gone.conn.Close()
	left := 1
	for began := time.Now(); left > 0 && time.Since(began) < 20*time.Second; {
		if err := e.db.QueryRow(e.ctx, "SELECT count(*) FROM kalam.subscriptions").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	writing.Wait()
	if left > 0 {
		t.Error("the session is still there")
	}
}
