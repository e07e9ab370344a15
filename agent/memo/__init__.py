"""The decision memo: one value, four forms (Markdown, HTML, PDF, DOCX), and the check that it still holds.

Owns what a memo says and how it looks. The verdict, the words for approaches and facts and the gate are handed in, so
that nothing here decides, reads text or retrieves.
"""
