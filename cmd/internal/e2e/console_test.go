package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// browser opens a page in a real Chromium.
func browser(t *testing.T, url string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is needed: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1100, 900))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// page is the console in a browser.
type page struct {
	*testing.T
	ctx context.Context
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// sees waits until an expression of the page's is true.
func (p *page) sees(what, js string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	look := fmt.Sprintf("new Promise(done => { const look = () => (%s) ? done(true) : setTimeout(look, 10); look() })", js)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](look, chromedp.EvalAwaitPromise)); err != nil {
		text, _ := chromedp.Run(p.ctx, chromedp.Text("body"))
		p.Fatalf("the page does not show %s: %v\n%s", what, err, text)
	}
}

func (p *page) write(sql, button string) {
	p.Helper()
	p.do(chromedp.SetValue("#sql", sql), chromedp.Click(button))
}

// TestConsole drives the console: it runs SQL, watches a SELECT, shows what
// others write, and goes on by itself when the server comes back.
func TestConsole(t *testing.T) {
	dir := t.TempDir()
	s := testserver.StartIn(t, dir)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	p := &page{t, browser(t, "http://"+s.HTTPAddr()+"/")}
	p.sees("the connection", `document.querySelector("#state").dataset.state === "open"`)

	p.write("CREATE TABLE message (id bigint PRIMARY KEY, body text)", "#run")
	p.sees("the command", `document.querySelector("#result .tag")?.textContent.startsWith("CREATE TABLE")`)
	p.write("INSERT INTO message VALUES (1, 'first') RETURNING id, body", "#run")
	p.sees("the row", `document.querySelector("#result tbody")?.textContent === "1first"`)
	p.write("SELECT body\nFORM message", "#run")
	p.sees("the error and its place", `document.querySelector("#result .problem")?.textContent.includes("42601") && document.querySelector("#result mark").textContent === "message"`)

	p.write("SELECT id, body FROM message WHERE id < 100", "#watch")
	p.sees("the snapshot", `document.querySelector("#live-rows")?.textContent === "1first"`)
	e.exec("INSERT INTO message VALUES (2, 'second')")
	p.sees("the inserted row", `document.querySelector("#live-rows tr.enter")?.textContent === "2second"`)
	e.exec("UPDATE message SET body = 'changed' WHERE id = 1")
	p.sees("the changed cell", `document.querySelector("#live-rows td.changed")?.textContent === "changed"`)
	e.exec("UPDATE message SET id = 200 WHERE id = 2")
	p.sees("the row leave", `document.querySelector("#live-rows").textContent === "1changed"`)

	// The server goes, rows are written before the page is back, and it resumes.
	address, sql := s.HTTPAddr(), s.SQLAddr()
	s.Stop()
	p.sees("the interruption", `["waiting", "connecting"].includes(document.querySelector("#state").dataset.state)`)
	s = testserver.StartIn(t, dir, "--sql-addr", sql, "--http-addr", free(t))
	e.server = s
	e.db = e.connect("postgres")
	e.exec("INSERT INTO message VALUES (3, 'missed')")
	s.Stop()
	s = testserver.StartIn(t, dir, "--sql-addr", sql, "--http-addr", address)
	e.server = s
	p.sees("the missed row", `document.querySelector("#live-rows").textContent === "1changed3missed" && document.querySelector(".watch-state").dataset.state === "live"`)
	e.db = e.connect("postgres")
	e.exec("DELETE FROM message WHERE id = 1")
	p.sees("the deletion", `document.querySelector("#live-rows").textContent === "3missed"`)
	if path := os.Getenv("KALAMSQL_SCREENSHOT"); path != "" {
		e.exec("INSERT INTO message SELECT g, 'line ' || g FROM generate_series(10, 16) AS g")
		p.write("SELECT count(*) AS messages FROM message", "#run")
		p.sees("all rows", `document.querySelectorAll("#live-rows tr").length === 8`)
		png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.do(chromedp.Click(".watch .stop"))
	p.sees("no watch", `document.querySelector(".watch") === null`)
}

// free gives an address nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestConsoleIsSelfContained: everything the page needs comes from the server,
// under a policy that lets nothing else in.
func TestConsoleIsSelfContained(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	for path, kind := range map[string]string{"/": "text/html", "/console.css": "text/css", "/console.js": "text/javascript", "/table.js": "text/javascript", "/kalamsql.js": "text/javascript", "/icon.svg": "image/svg+xml"} {
		body, header := e.get(path)
		if !strings.HasPrefix(header.Get("Content-Type"), kind) || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: %v", path, header)
		}
		for _, outside := range []string{"https://", "//cdn", "@import", "style=", "onclick="} {
			if strings.Contains(body, outside) {
				t.Errorf("%s has %q in it", path, outside)
			}
		}
	}
}
