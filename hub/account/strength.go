package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minPassword = 10 // characters
	// maxPassword bounds what is hashed, in bytes.
	maxPassword = 1024
	// minDigits is how many characters a password without any letter needs: dates
	// and telephone numbers are shorter.
	minDigits = 16
)

// common are much used passwords of ten characters and more that are made of nothing
// which is found otherwise, in lower case, one per line.
//
//go:embed common.txt
var common string

// checkPassword asks for length, and refuses what everybody tries first. It
// asks for nothing else: rules about characters make worse passwords.
func checkPassword(name, password string) error {
	key := strings.ToLower(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || n < minPassword || len(password) > maxPassword,
		n < minDigits && !strings.ContainsFunc(password, unicode.IsLetter),
		listed(common, key):
		return ErrPassword
	}
	unit := repeated(key)
	if unit != key && utf8.RuneCountInString(unit) < minPassword || guessed(name, unit) {
		return ErrPassword
	}
	return nil
}

// listed reports whether a list has a line.
func listed(list, line string) bool { return strings.Contains("\n"+list, "\n"+line+"\n") }

// repeated is the part of a text that it repeats again and again, the last time maybe
// not to its end; or else the text.
func repeated(s string) string {
	for n := range (len(s)+1)/2 + 1 {
		if n > 0 && utf8.RuneStart(s[n]) && s[n:] == s[:len(s)-n] {
			return s[:n]
		}
	}
	return s
}
