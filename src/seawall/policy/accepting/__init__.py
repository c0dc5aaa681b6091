"""Why a finding need not count: remarks in files, settings, a baseline, older lines."""
