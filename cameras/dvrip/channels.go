package dvrip

import (
	"encoding/json"
	"fmt"
	"net"
)

// MaxChannels bounds the cameras of one device: the largest recorders.
const MaxChannels = 64

// titles is the number of the question what channels are called. It and its answer, and
// ChannelNum in the answer to a sign-in, are as in python-dvr (OpenIPC) and in
// NetSurveillancePp (madmaxoft).
const titles = 1048

// Channels signs in and asks how many cameras the peer has, which is one at least, and
// what it calls them: there is one title for each, "" where it tells none. Besides the
// errors of this package it returns those of the connection.
func Channels(conn net.Conn, username, password string) ([]string, error) {
	c, answer, err := signIn(conn, Stream{Username: username, Password: password})
	if err != nil {
		return nil, err
	}
	var in struct{ ChannelNum int }
	if json.Unmarshal(trimmed(answer), &in) != nil {
		in.ChannelNum = 1
	}
	names := make([]string, min(max(in.ChannelNum, 1), MaxChannels))
	if len(names) == 1 {
		return names, nil
	}
	answer, err = c.ask(titles, map[string]any{"Name": "ChannelTitle", "SessionID": fmt.Sprintf("0x%08X", c.session)})
	var told struct{ ChannelTitle []string }
	if err == nil && json.Unmarshal(trimmed(answer), &told) == nil { // else they have none
		copy(names, told.ChannelTitle)
	}
	return names, nil
}
