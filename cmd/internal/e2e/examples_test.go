package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestExamples runs what lies in examples/ as its README says.
func TestExamples(t *testing.T) {
	t.Run("jobs", func(t *testing.T) {
		s := testserver.Start(t)
		out, err := exec.CommandContext(t.Context(), "go", "run", "../../../examples/jobs", "-dsn", s.DSN("postgres"), "-workers", "3", "-jobs", "60").CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		all := 0
		for line := range strings.Lines(string(out)) {
			var worker, did int
			if _, err := fmt.Sscanf(line, "worker %d did %d", &worker, &did); err != nil || worker < 1 || worker > 3 {
				t.Errorf("got %q", line)
			}
			all += did
		}
		if all != 60 {
			t.Errorf("%d of 60 jobs were done:\n%s", all, out)
		}
	})
	t.Run("chat", func(t *testing.T) {
		pages := httptest.NewServer(http.FileServer(http.Dir("../../../examples/chat")))
		defer pages.Close()
		s := testserver.Start(t, "--allowed-origins", pages.URL)
		e := &env{T: t, server: s, ctx: t.Context()}
		e.db = e.connect("postgres")
		schema, err := os.ReadFile("../../../examples/chat/schema.sql")
		if err != nil {
			t.Fatal(err)
		}
		e.exec(string(schema))
		e.exec("INSERT INTO message (room, author, body) VALUES ('other', 'eve', 'not here'), ('tea', 'bina', '<b>first</b>')")
		open := func(user string) *page {
			p := &page{t, browser(t, pages.URL+"/?"+url.Values{"user": {user}, "server": {s.HTTPAddr()}}.Encode()+"#tea")}
			p.sees("the room as it is", `document.querySelector("#messages")?.innerText.includes("bina") && document.querySelectorAll("#messages li").length === 1`)
			return p
		}
		amal, bina := open("amal"), open("bina")
		amal.do(chromedp.SendKeys("#body", "hello"))
		bina.sees("who is typing", `document.querySelector("#typing").textContent === "amal is typing"`)
		amal.do(chromedp.Click("#form button"))
		for _, p := range []*page{amal, bina} {
			p.sees("the message, as text", `document.querySelector("#messages li:last-child").textContent.endsWith("amalhello") && document.querySelector("#messages li").textContent.endsWith("<b>first</b>")`)
		}
		amal.sees("an empty line", `document.querySelector("#body").value === ""`)
		bina.sees("that nobody is typing", `document.querySelector("#typing").textContent === ""`)
	})
}
