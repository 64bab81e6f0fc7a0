"""The offline engine: calls the code, watches what it reaches, writes down what it saw as tests.

==============  ==========================================================================================
``generator``   the `Generator`: sends probes through the executor, renders what comes back
``probe``       what runs in the child: one search, one observation
``recipes``     values as recipes: built anew for every call, written as source
``constants``   values that the code itself names
``patterns``    texts that match a regular expression
``usage``       what an argument without annotation is, guessed from name, use and docstring
``values``      inputs from a type
``objects``     the function to call, its arguments, instances to call it on
``calls``       calls carried out, results driven to the end
``trace``       lines and branches that a call reaches, and the limits under which it runs
``effects``     the seat belt: refuses effects outside the process, notices clocks and chance
``mutate``      a call that differs a little from another
``search``      the loop that keeps what reaches something new, and makes it simple
``state``       the module's own data, put back between calls
``record``      values written down, if they will stay true
``observe``     what a call did, as far as a test may assert it
``naming``      what a test is called
``render``      the test as text
==============  ==========================================================================================
"""
