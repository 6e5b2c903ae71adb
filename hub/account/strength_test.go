package account

import (
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	long := strings.Repeat("ab", 511) + "cd"
	for password, ok := range map[string]bool{
		"correct horse": true, "zwölf Äpfel": true, long: true, "a password of mine": true, "0123456789876543": true,
		"Password1!": false, "admin12345": false, "P@ssw0rd!!": false, "lares12345": false, "2024 Summer!": false, "123123123123": false,
		"abcabcabcabc": false, "31.12.1984": false, "+49 170 1234567": false,
		"": false, "ninechars": false, "1234567890": false, "Password123": false, "qwertyuiop": false, "aaaaaaaaaaaa": false,
		"Ann Elizabeth": false, long + "e": false, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff": false, "1234567890\n1q2w3e4r5t": true,
	} {
		if err := checkPassword("Ann Elizabeth", password); (err == nil) != ok {
			t.Errorf("password %q: %v", password, err)
		}
	}
}
