"""Runs samples/activations.ipynb and saves it with its outputs.

    python3 scripts/samples/notebook.py

Needs nbclient, ipykernel and NumPy. The code that makes the outputs is the one of docs/notebook-output.md, taken from
there, so that what the page shows is what works.
"""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]

INTRO = """# Activations, with Normoscope

Each output below is a tensor of MIME type `application/vnd.normoscope.tensor+json`. `README.md` says what the files are
and how they were made; `docs/notebook-output.md` in the project says what an output holds."""

PADDING = """Eight numbers on their way into a LayerNorm of a transformer. More than half of the positions are padding, exactly
zero. LayerNorm looks at one token at a time; BatchNorm would mix the padding into the mean and variance of every feature."""

BROKEN = """Eight samples on their way into a BatchNorm of a CNN, with faults in three channels."""

STATISTICS = """The whole batch with its statistics alone: nothing but a few numbers travels in the notebook."""

CELLS = [
    (INTRO, None),
    (None, "SNIPPET"),
    (
        PADDING,
        'x = np.load("transformer_block1_pre_ln.npy")\nshow_tensor(x[:8], "block1.norm1.input", "NTC")',
    ),
    (BROKEN, 'x = np.load("broken_pre_bn.npy")\nshow_tensor(x[:8], "bn2.input, broken", "NCHW")'),
    (
        STATISTICS,
        'x = np.load("cnn_conv2_pre_bn.npy")\nshow_tensor(x, "bn2.input", "NCHW", inline=False)',
    ),
]


def main():
    page = (ROOT / "docs" / "notebook-output.md").read_text(encoding="utf-8")
    snippet = re.search(r"```python\n(.*?)\n```", page, re.DOTALL).group(1)
    cells = []
    for text, code in CELLS:
        if text is not None:
            cells.append(new_markdown_cell(text))
        if code is not None:
            cells.append(new_code_cell(snippet if code == "SNIPPET" else code))
    notebook = new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    client = NotebookClient(
        notebook, resources={"metadata": {"path": str(ROOT / "samples")}}, record_timing=False, kernel_name="python3"
    )
    client.execute()
    # Ids are random and the kernel's version is this machine's: neither is part of the sample.
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.validate(notebook)
    nbformat.write(notebook, ROOT / "samples" / "activations.ipynb")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            print(output["data"]["text/plain"], len(nbformat.writes(notebook)), "characters in all")


if __name__ == "__main__":
    main()
