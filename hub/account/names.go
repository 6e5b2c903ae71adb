package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxName     = 64 // characters
	minPassword = 10 // characters
	// maxPassword bounds what is hashed, in bytes.
	maxPassword = 1024
)

// common are the most used passwords of ten characters and more, in lower
// case, one per line.
//
//go:embed common.txt
var common string

// nameKey is how a name is looked up: Ann and ann are one person.
func nameKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// checkName refuses names that cannot be told apart or shown.
func checkName(name string) error {
	n := utf8.RuneCountInString(name)
	if !utf8.ValidString(name) || n < 1 || n > maxName || name != strings.TrimSpace(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ErrName
	}
	return nil
}

// checkPassword asks for length, and refuses what everybody tries first. It
// asks for nothing else: rules about characters make worse passwords.
func checkPassword(name, password string) error {
	key := strings.ToLower(password)
	if !utf8.ValidString(password) || utf8.RuneCountInString(password) < minPassword || len(password) > maxPassword ||
		key == nameKey(name) || strings.Contains("\n"+common, "\n"+key+"\n") {
		return ErrPassword
	}
	first, _ := utf8.DecodeRuneInString(password)
	if strings.Trim(password, string(first)) == "" {
		return ErrPassword
	}
	return nil
}
