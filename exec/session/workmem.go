package session

import (
	"context"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// runtime is what the operators of a statement share, for a user.
func (s *Session) runtime(ctx context.Context, user string) *exec.Runtime {
	rt := &exec.Runtime{Eval: s.evalContext(ctx)}
	s.fillRuntime(rt, ctx, user)
	return rt
}

// fillRuntime is runtime, for one whose Eval is there.
func (s *Session) fillRuntime(rt *exec.Runtime, ctx context.Context, user string) {
	rt.Ctx, rt.Tx, rt.User, rt.Virtual, rt.UpdateSystem = ctx, s.tx.tx, user, s.virtual, s.system
	rt.WorkMem, rt.Spill = s.settings.workMem, exec.Spill{Dir: s.server.opts.SpillDir, Limit: s.settings.tempFileLimit}
	rt.Turn, rt.Position = &s.turn, s.cursorPosition
	rt.Instruments, rt.Constraints = s.measuring, &s.constraints
	if s.settings.spillAlways {
		rt.WorkMem = 1
	}
}

// kilobytes makes a check for a setting that is an amount of memory; a number
// without a unit is kilobytes, and -1, where low is that, is no bound.
func kilobytes(low int64) func(string, string) (string, error) {
	const high = 1<<31 - 1
	return func(name, value string) (string, error) {
		kb, ok := parseKilobytes(value)
		if !ok {
			err := sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value)
			if strings.Trim(value, "0123456789.+- ") != "" && strings.ContainsAny(value[:1], "0123456789.+-") {
				err = err.WithHint(`Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`)
			}
			return "", err
		}
		if kb < low || kb > high {
			return "", sqlerr.New(sqlerr.InvalidParameterValue, `%d kB is outside the valid range for parameter "%s" (%d .. %d)`, kb, name, low, high)
		}
		return formatKilobytes(kb), nil
	}
}

func parseKilobytes(value string) (int64, bool) {
	value = strings.TrimSpace(value)
	end := 0
	for end < len(value) && strings.IndexByte("0123456789.+-", value[end]) >= 0 {
		end++
	}
	n, err := strconv.ParseFloat(value[:end], 64)
	if err != nil {
		return 0, false
	}
	if unit := strings.TrimSpace(value[end:]); unit != "" {
		size, ok := memoryUnits.size(unit)
		if !ok {
			return 0, false
		}
		n *= size / (1 << 10)
	}
	if n < 0 {
		return int64(n - 0.5), true
	}
	return int64(n + 0.5), true
}

func formatKilobytes(kb int64) string {
	if kb <= 0 {
		return strconv.FormatInt(kb, 10)
	}
	for _, u := range []struct {
		name string
		kb   int64
	}{{"TB", 1 << 30}, {"GB", 1 << 20}, {"MB", 1 << 10}} {
		if kb%u.kb == 0 {
			return strconv.FormatInt(kb/u.kb, 10) + u.name
		}
	}
	return strconv.FormatInt(kb, 10) + "kB"
}
