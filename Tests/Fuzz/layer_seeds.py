"""Seeds for FuzzLayers: the reports beside each example of a document. Arguments: the document, a folder."""

import re
import sys

document, folder = sys.argv[1:]
with open(document) as file:
    examples = file.read().split("```yaml\n")[1:]
for number, example in enumerate(examples):
    reports = [bytes.fromhex(text) for text in re.findall(r"^`((?:[0-9a-f]{2})+)`$", example, re.MULTILINE)]
    if reports:
        with open(f"{folder}/{number}", "wb") as seed:
            seed.write(bytes([number, min(255, len(reports[0]))]) + b"".join(reports))
