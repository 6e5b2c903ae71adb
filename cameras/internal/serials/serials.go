// Package serials tells serial numbers that name one device from those that many
// devices have.
package serials

import (
	"slices"
	"strings"
)

const (
	// enough characters that another device has others by chance.
	enough = 6
	// distinct is how many different characters a number has at least that was
	// not left as it was before the factory.
	distinct = 3
)

// Weak reports whether a serial number does not name one device: it is missing,
// short, of a few characters again and again, the beginning of a count such as
// 123456, or a word in its place. Makers leave such numbers in whole series.
func Weak(number string) bool {
	s := plain(number)
	if len(s) < enough || slices.Contains(words(), s) {
		return true
	}
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < distinct || counts(s) || repeats(s)
}

// plain is the number in small letters, without what only divides it.
func plain(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t-_.:/#", r) {
			return -1
		}
		return r
	}, strings.ToLower(number))
}

// words are what devices say instead of a number.
func words() []string {
	return []string{
		"serial", "serialnumber", "serialno", "number", "unknown", "undefined", "default", "notset", "notspecified", "notavailable",
		"notapplicable", "string", "invalid", "nothing", "device", "camera", "ipcamera", "onvif", "tobefilledbyoem",
	}
}

// counts reports whether the characters count up or down, round the digits too:
// 0123456789, 987654, 1234567890, abcdef.
func counts(s string) bool {
	up, down := true, true
	for i := 1; i < len(s); i++ {
		step := int(s[i]) - int(s[i-1])
		up = up && (step == 1 || s[i-1] == '9' && s[i] == '0')
		down = down && (step == -1 || s[i-1] == '0' && s[i] == '9')
	}
	return up || down
}

// repeats reports whether the number is a shorter one that is weak, several times.
func repeats(s string) bool {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s && (n < enough || counts(s[:n])) {
			return true
		}
	}
	return false
}
