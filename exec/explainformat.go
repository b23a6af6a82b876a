package exec

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/plan"
)

// Lines shows a plan in a format: text, json, yaml or xml. The text form has a line
// for each; the others are one text.
func (x *Explain) Lines(root plan.Node, format string) []string {
	top := x.tree(root)
	switch format {
	case "text":
		t := &textFormat{Explain: x}
		t.node(top, 0, true)
		if len(x.Settings) > 0 {
			t.lines = append(t.lines, "Settings: "+strings.Join(settingTexts(x.Settings), ", "))
		}
		if x.Summary {
			t.lines = append(t.lines, "Planning Time: "+milliseconds(x.Planning)+" ms")
			if x.Seen != nil {
				t.lines = append(t.lines, "Execution Time: "+milliseconds(x.Execution)+" ms")
			}
		}
		return t.lines
	case "json":
		return []string{"[\n  " + jsonText(x.document(top), 1) + "\n]"}
	case "yaml":
		var b strings.Builder
		yamlMembers(&b, x.document(top), 0, true)
		return []string{strings.TrimSuffix(b.String(), "\n")}
	}
	var b strings.Builder
	b.WriteString("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n")
	xmlMembers(&b, x.document(top), 2)
	b.WriteString("  </Query>\n</explain>")
	return []string{b.String()}
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/1e6, 'f', 3, 64)
}

func settingTexts(settings []string) (out []string) {
	for i := 0; i+1 < len(settings); i += 2 {
		out = append(out, settings[i]+" = '"+settings[i+1]+"'")
	}
	return out
}

// loops gives the means of what was seen over all loops.
func (in *Instrument) loops() (startup, total time.Duration, rows int64) {
	n := max(1, in.Loops)
	return in.Startup / time.Duration(n), in.Total / time.Duration(n), (in.Rows + n/2) / n
}

// textFormat writes lines.
type textFormat struct {
	*Explain
	lines []string
}

func (t *textFormat) node(x *explained, pad int, root bool) {
	line := strings.Repeat(" ", pad)
	below := 2
	if !root {
		line += "->  "
		below = pad + 6
	}
	line += x.head
	if t.Costs {
		line += fmt.Sprintf("  (cost=%.2f..%.2f rows=%.0f width=%d)", x.estimate.Startup, x.estimate.Total, x.estimate.Rows, x.estimate.Width)
	}
	if t.Seen != nil {
		line += t.actual(x)
	}
	t.lines = append(t.lines, line)
	space := strings.Repeat(" ", below)
	for _, p := range x.details {
		switch {
		case p.hidden:
		case p.text != "":
			t.lines = append(t.lines, space+p.text)
		default:
			t.lines = append(t.lines, space+p.name+": "+plainText(p.value))
		}
	}
	// PostgreSQL shows InitPlans before the inputs and SubPlans behind them.
	for _, first := range []string{"InitPlan", "", "SubPlan"} {
		for _, c := range x.children {
			kind := ""
			if c.subplan != "" {
				kind = c.relation
			}
			switch {
			case kind != first:
			case kind == "":
				t.node(c, below, false)
			default:
				t.lines = append(t.lines, space+c.subplan)
				t.node(c, below+2, false)
			}
		}
	}
}

func (t *textFormat) actual(x *explained) string {
	if x.seen == nil || x.seen.Loops == 0 {
		if t.Costs {
			return " (never executed)"
		}
		return " (never executed)"
	}
	startup, total, rows := x.seen.loops()
	if t.Seen.Timing {
		return fmt.Sprintf(" (actual time=%s..%s rows=%d loops=%d)", milliseconds(startup), milliseconds(total), rows, x.seen.Loops)
	}
	return fmt.Sprintf(" (actual rows=%d loops=%d)", rows, x.seen.Loops)
}

func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(v)
}

// document is all that is shown, as names and values.
func (x *Explain) document(top *explained) []property {
	out := []property{{name: "Plan", value: x.members(top, true)}}
	if len(x.Settings) > 0 {
		var settings []property
		for i := 0; i+1 < len(x.Settings); i += 2 {
			settings = append(settings, property{name: x.Settings[i], value: x.Settings[i+1]})
		}
		out = append(out, property{name: "Settings", value: settings})
	}
	if x.Summary {
		out = append(out, property{name: "Planning Time", value: number(milliseconds(x.Planning))})
	}
	if x.Seen != nil {
		out = append(out, property{name: "Triggers", value: []*explained{}})
		if x.Summary {
			out = append(out, property{name: "Execution Time", value: number(milliseconds(x.Execution))})
		}
	}
	return out
}

// number is a number as it is written.
type number string

// plans are the nodes below one.
type plans [][]property

func (x *Explain) members(n *explained, root bool) []property {
	out := append([]property{{name: "Node Type", value: n.kind}}, n.first...)
	if !root {
		out = append(out, property{name: "Parent Relationship", value: n.relation})
	}
	if n.subplan != "" {
		out = append(out, property{name: "Subplan Name", value: n.subplan})
	}
	out = append(out, property{name: "Parallel Aware", value: false}, property{name: "Async Capable", value: false})
	out = append(out, n.named...)
	if x.Costs {
		cost := func(f float64) number { return number(strconv.FormatFloat(f, 'f', 2, 64)) }
		out = append(out, property{name: "Startup Cost", value: cost(n.estimate.Startup)}, property{name: "Total Cost", value: cost(n.estimate.Total)},
			property{name: "Plan Rows", value: int64(n.estimate.Rows)}, property{name: "Plan Width", value: n.estimate.Width})
	}
	if x.Seen != nil {
		seen := n.seen
		if seen == nil {
			seen = &Instrument{}
		}
		startup, total, rows := seen.loops()
		if x.Seen.Timing {
			out = append(out, property{name: "Actual Startup Time", value: number(milliseconds(startup))}, property{name: "Actual Total Time", value: number(milliseconds(total))})
		}
		out = append(out, property{name: "Actual Rows", value: rows}, property{name: "Actual Loops", value: seen.Loops})
	}
	out = append(out, n.details...)
	if len(n.children) > 0 {
		var below plans
		for _, first := range []string{"InitPlan", "", "SubPlan"} {
			for _, c := range n.children {
				kind := ""
				if c.subplan != "" {
					kind = c.relation
				}
				if kind == first {
					below = append(below, x.members(c, false))
				}
			}
		}
		out = append(out, property{name: "Plans", value: below})
	}
	return out
}

func jsonString(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func jsonText(v any, depth int) string {
	pad := strings.Repeat("  ", depth)
	switch v := v.(type) {
	case string:
		return jsonString(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = jsonString(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case []property:
		var lines []string
		for _, p := range v {
			lines = append(lines, pad+"  "+jsonString(p.name)+": "+jsonText(p.value, depth+1))
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + pad + "}"
	case plans:
		var items []string
		for _, p := range v {
			items = append(items, pad+"  "+jsonText(p, depth+1))
		}
		return "[\n" + strings.Join(items, ",\n") + "\n" + pad + "]"
	case []*explained:
		return "[\n" + pad + "]"
	}
	return fmt.Sprint(v)
}

// yamlMembers writes names and values, the first behind a dash if item is set.
func yamlMembers(b *strings.Builder, list []property, depth int, item bool) {
	pad := strings.Repeat(" ", depth)
	for i, p := range list {
		lead := pad + "  "
		if i == 0 && item {
			lead = pad + "- "
		}
		b.WriteString(lead + p.name + ": ")
		switch v := p.value.(type) {
		case string:
			b.WriteString(jsonString(v) + "\n")
		case []string:
			b.WriteString("\n")
			for _, s := range v {
				b.WriteString(pad + "    - " + jsonString(s) + "\n")
			}
		case []property:
			b.WriteString("\n")
			yamlMembers(b, v, depth+2, false)
		case plans:
			b.WriteString("\n")
			for _, one := range v {
				yamlMembers(b, one, depth+4, true)
			}
		case []*explained:
			b.WriteString("\n")
		default:
			fmt.Fprintln(b, v)
		}
	}
}

func xmlMembers(b *strings.Builder, list []property, depth int) {
	pad := strings.Repeat("  ", depth)
	for _, p := range list {
		tag := strings.ReplaceAll(p.name, " ", "-")
		switch v := p.value.(type) {
		case []string:
			b.WriteString(pad + "<" + tag + ">\n")
			for _, s := range v {
				b.WriteString(pad + "  <Item>" + xmlText(s) + "</Item>\n")
			}
			b.WriteString(pad + "</" + tag + ">\n")
		case []property:
			b.WriteString(pad + "<" + tag + ">\n")
			xmlMembers(b, v, depth+1)
			b.WriteString(pad + "</" + tag + ">\n")
		case plans:
			b.WriteString(pad + "<" + tag + ">\n")
			for _, one := range v {
				b.WriteString(pad + "  <Plan>\n")
				xmlMembers(b, one, depth+2)
				b.WriteString(pad + "  </Plan>\n")
			}
			b.WriteString(pad + "</" + tag + ">\n")
		case []*explained:
			b.WriteString(pad + "<" + tag + ">\n" + pad + "</" + tag + ">\n")
		default:
			b.WriteString(pad + "<" + tag + ">" + xmlText(fmt.Sprint(v)) + "</" + tag + ">\n")
		}
	}
}

func xmlText(s string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(s)) != nil {
		return ""
	}
	return strings.NewReplacer("&#39;", "'", "&#34;", "&quot;").Replace(b.String())
}
