"""Follows a section of a page word for word: writes the files whose YAML begins with a comment with their path, and runs the
lines for a shell, in order.

    follow.py PAGE SECTION DIRECTORY
"""

import re
import subprocess
import sys
from pathlib import Path

page, section, directory = Path(sys.argv[1]).read_text(), sys.argv[2], Path(sys.argv[3])
text = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", page, re.M | re.S).group(1)
files = runs = 0
for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
    name = re.match(r"# (\S+\.yaml)\n", block)
    if language == "yaml" and name:
        path = directory / name.group(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block)
        files += 1
    elif language == "sh":
        done = subprocess.run(["bash", "-eu", "-c", block], cwd=directory, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{sys.argv[1]}: exit code {done.returncode}:\n{block}\n{done.stdout}{done.stderr}")
        runs += 1
print(f"followed {files} files and {runs} blocks of lines")
assert files > 3 and runs > 7
