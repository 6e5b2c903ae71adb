// Package sealed reads and writes sealed clip files, byte for byte as below.
// It never opens a clip: whoever holds the clip key uses seal.Records.
package sealed
