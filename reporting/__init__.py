"""From estimates to what people read: tables, charts, the HTML report."""
