package safetensors

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Checksum is the key of the metadata under which a sealed file has its checksum.
const Checksum = "sha256"

// Seal returns a copy of metadata with the checksum of the file that Write makes
// of it and of the tensors: SHA-256 over all other metadata and the names, types,
// shapes and data of the tensors. It holds in whatever order a program writes
// them. A reader that relies on it must also see that the key is there, as any
// file without it is read unchecked.
func Seal(tensors []Tensor, metadata map[string]string) map[string]string {
	sealed := map[string]string{}
	maps.Copy(sealed, metadata)
	sealed[Checksum] = checksum(tensors, metadata)
	return sealed
}

// checkSeal refuses a sealed file that is not what it was.
func checkSeal(tensors []Tensor, metadata map[string]string) error {
	stated, sealed := metadata[Checksum]
	if !sealed {
		return nil
	}
	if found := checksum(tensors, metadata); found != stated {
		return fmt.Errorf("damaged: found a file with checksum %s, expected %.64q, as its metadata says", found, stated)
	}
	return nil
}

// checksum writes the length before whatever differs in length, so that no two
// files make the same bytes.
func checksum(tensors []Tensor, metadata map[string]string) string {
	h := sha256.New()
	count := func(n int) { h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n))) }
	text := func(s string) {
		count(len(s))
		h.Write([]byte(s))
	}
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(metadata)), func(key string) bool { return key == Checksum })
	count(len(others))
	for _, key := range others {
		text(key)
		text(metadata[key])
	}
	sorted := slices.SortedStableFunc(slices.Values(tensors), func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	count(len(sorted))
	for _, t := range sorted {
		text(t.Name)
		text(t.DType)
		count(len(t.Shape))
		for _, n := range t.Shape {
			count(n)
		}
		count(len(t.Data))
		h.Write(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
