package activations

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// expandDatasets replaces directories that Hugging Face datasets saved by their
// shards, which are Arrow streams, and those of lmprobe by their index or
// manifest.
func expandDatasets(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, plainly(err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		shards, err := datasetShards(path)
		if err != nil {
			return nil, err
		}
		files = append(files, shards...)
	}
	return files, nil
}

// datasetShards reads what save_to_disk records about its shards.
func datasetShards(dir string) ([]string, error) {
	var state struct {
		Files []struct {
			Name string `json:"filename"`
		} `json:"_data_files"`
	}
	path := filepath.Join(dir, "state.json")
	err := readJSONFile(path, &state)
	if errors.Is(err, os.ErrNotExist) {
		if index := lmprobeIndex(dir); index != nil {
			return index, nil
		}
		if manifest := lmprobeManifest(dir); manifest != nil {
			return manifest, nil
		}
		return nil, noDataset(dir)
	}
	if err != nil {
		return nil, err
	}
	var shards []string
	for _, f := range state.Files {
		if !filepath.IsLocal(f.Name) {
			return nil, &FormatError{File: path, Part: "_data_files", Offset: -1,
				Found: fmt.Sprintf("%q", f.Name), Expected: "files of the directory"}
		}
		shards = append(shards, filepath.Join(dir, f.Name))
	}
	if len(shards) == 0 {
		return nil, &FormatError{File: path, Part: "_data_files", Offset: -1, Found: "no file", Expected: "the shards of a dataset"}
	}
	return shards, nil
}

// lmprobeIndex finds the Parquet index of a dataset of lmprobe.
func lmprobeIndex(dir string) []string {
	entries, err := os.ReadDir(filepath.Join(dir, "index"))
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".parquet") {
			paths = append(paths, filepath.Join(dir, "index", e.Name()))
		}
	}
	return paths
}

// noDataset explains a directory without a state, perhaps one with splits.
func noDataset(dir string) error {
	var dict struct{ Splits []string }
	if err := readJSONFile(filepath.Join(dir, "dataset_dict.json"), &dict); err == nil && len(dict.Splits) > 0 {
		return &FormatError{File: dir, Offset: -1, Found: "a dataset with splits",
			Expected: "the directory of one split: " + strings.Join(dict.Splits, ", ")}
	}
	return &FormatError{File: dir, Offset: -1, Found: "a directory without state.json",
		Expected: "one that datasets' save_to_disk or lmprobe wrote, or a file or glob"}
}

func readJSONFile(path string, v any) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	return errors.Join(readJSON(f, v), f.Close())
}

func readJSON(f *file, v any) error {
	if f.size > maxMetadata {
		return f.errorf("", -1, fmt.Sprintf("%d bytes", f.size), "at most %d of JSON", maxMetadata)
	}
	b := make([]byte, f.size)
	if err := f.readAt(b, 0, ""); err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return f.errorf("", -1, err.Error(), "JSON")
	}
	return nil
}
