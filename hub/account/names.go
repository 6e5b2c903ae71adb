package account

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxName = 64 // characters

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
