"""What `ancla.doctor` does: reads what the key may see, and compares it with what is expected.

reads       the table of what is read, with the fields that the platform's documents name
exam        calls the methods of that table, and keeps the responses
facts       the table of facts, which judges what is seen
evidence    what is seen of each fact in the responses
connection  why a connection failed, and what to do about it
"""
