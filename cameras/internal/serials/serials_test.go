package serials

import "testing"

func TestWeak(t *testing.T) {
	for number, weak := range map[string]bool{
		"": true, "0": true, "1234": true, "A1B2C": true, // too short
		"123456": true, "12345678": true, "0123456789": true, "1234567890": true, "87654321": true, "abcdef": true,
		"00000000": true, "ffffffff": true, "XXXXXXXX": true, "------------": true, "0000000001": true, // left as it was
		"00-00-00-00-00-00": true, "12-34-56": true,
		"123456123456": true, "abcabcabc": true, // again and again
		"unknown": true, "Not Available": true, "To be filled by O.E.M.": true, "Serial Number": true, "SN-1": true,
		"DS-2CD2043G0-I20180413AAWRC12345678": false, "3G0276BPAGA3B5B": false, "ACCC8E012345": false, "4c11bf123456": false,
		"1581F5BKD": false, "SERIAL-01": false, "FAKE-1F2E3D4C5B6A": false, "102938": false, "223311": false,
	} {
		if Weak(number) != weak {
			t.Errorf("%q: weak is %v", number, !weak)
		}
	}
}
