package session

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Settings that hold while a function runs.

// routineSetting gives the checked value of a SET option.
func (s *Session) routineSetting(stmt *ast.VariableSetStmt) (string, error) {
	switch strings.ToLower(stmt.Name) {
	case "role", "session_authorization", "kalam.user", "transaction_isolation", "transaction_read_only", "transaction_deferrable", "seed", "default_transaction_isolation":
		return "", sqlerr.Unsupported("SET %s of CREATE FUNCTION", stmt.Name)
	}
	if stmt.Op == ast.SetCurrent {
		_, key, err := lookup(stmt.Name)
		return s.settings.value(key), err
	}
	return s.checkedSetting(stmt)
}

// storedSetting gives the name and value that SET of a database or a role keeps for
// sessions that begin later; RESET's value is empty.
func (s *Session) storedSetting(stmt *ast.VariableSetStmt) (name, value string, err error) {
	v, key, err := lookup(stmt.Name)
	if err != nil {
		return "", "", err
	}
	switch key {
	case "role", "session_authorization", "kalam.user", "transaction_isolation", "transaction_read_only", "transaction_deferrable", "seed":
		return "", "", sqlerr.Unsupported("SET %s of a database or role", stmt.Name)
	}
	switch stmt.Op {
	case ast.SetValue:
		value, err = s.checkedSetting(stmt)
	case ast.SetCurrent:
		value = s.settings.value(key)
	}
	return v.name, value, err
}

// checkedSetting is the value that SET would give a setting.
func (s *Session) checkedSetting(stmt *ast.VariableSetStmt) (string, error) {
	value, err := s.settingValue(stmt)
	if err != nil {
		return "", err
	}
	v, _, err := lookup(stmt.Name)
	switch {
	case err != nil:
		return "", err
	case v.readOnly:
		return "", sqlerr.New(sqlerr.CantChangeRuntimeParam, `parameter "%s" cannot be changed`, v.name)
	case v.check != nil:
		return v.check(v.name, value)
	case v.checkIn != nil:
		return v.checkIn(s.settings, v.name, value)
	}
	return value, nil
}

// apply sets settings, as name=value, until restore is called.
func (s *Session) apply(config []string) (restore func(), err error) {
	type was struct {
		key, value string
		set        bool
	}
	var before []was
	restore = func() {
		for i := len(before) - 1; i >= 0; i-- {
			b := before[i]
			s.settings.store(b.key, b.value)
			if !b.set {
				delete(s.settings.values, b.key)
			}
		}
	}
	for _, item := range config {
		name, value, _ := strings.Cut(item, "=")
		_, key, err := lookup(name)
		if err != nil {
			restore()
			return nil, err
		}
		_, set := s.settings.values[key]
		before = append(before, was{key, s.settings.value(key), set})
		s.settings.store(key, value)
	}
	return restore, nil
}

// underSettings calls do with what planning depends on under settings.
func (s *Session) underSettings(config []string, do func(*plan.Env) error) error {
	restore, err := s.apply(config)
	if err != nil {
		return err
	}
	defer restore()
	return do(s.planEnv())
}
