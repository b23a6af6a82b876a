package plexec

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/types"
)

// eventVariables are those of the function of an event trigger.
type eventVariables struct{ event, tag int }

func newEventVariables(given func(kind, ...string) int) *eventVariables {
	text := kind{typ: types.Text, typmod: types.NoTypmod}
	return &eventVariables{event: given(text, "tg_event"), tag: given(text, "tg_tag")}
}

// RunEvent calls the function of an event trigger, for an event and a command's tag.
func RunEvent(ctx context.Context, host Host, fn *Function, event, tag string) error {
	f := newFrame(ctx, host, fn)
	f.vars[fn.event.event].value = types.String(event)
	f.vars[fn.event.tag].value = types.String(tag)
	return f.body()
}
