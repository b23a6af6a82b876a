//go:build unix

package session

import (
	"os/exec"
	"syscall"
)

// asGroup has the end of a program's context end all that it has started, which may hold
// its pipes open.
func asGroup(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
}
