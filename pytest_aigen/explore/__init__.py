"""The offline engine: calls the code, watches what it reaches, writes down what it saw as tests.

==============  ==========================================================================================
``offer``       offers the generator by its name
``generator``   the `Generator`: sends probes through the executor, renders what comes back
``probe``       what runs in the child: one search, one observation
``recipes``     values as recipes: built anew for every call, written as source
``definitions`` definitions in a syntax tree by name
``pool``        where inputs come from: constants by type, what documentation says
``constants``   values that the code itself names
``patterns``    texts that match a regular expression, and that nearly do
``shapes``      texts with a format, told by words
``examples``    calls in the suite, in docstrings and in the code
``words``       types told by words and names
``parts``       which part of an argument an expression stands for
``usage``       what an argument without annotation is, from what is done with it
``library``     classes of the standard library: how they are made, and recognised
``lists``       lists of recipes
``scalars``     numbers and texts
``uses``        inputs from what is done with an argument
``values``      inputs from a type
``annotations`` annotations as types
``arguments``   what to try for each argument of a function
``fixtures``    fixtures of the project: which fit, and their values
``moments``     moments as seen from the present one
``files``       files and folders for arguments that are paths
``objects``     the function to call, its arguments, instances to call it on
``locate``      a definition under the name by which it is reached
``instances``   ways to make an instance of a class
``subclasses``  a concrete subclass for an abstract class
``operators``   methods that an operator, a statement or a function calls, and how that is written
``factories``   which functions give an instance of a class
``calls``       calls carried out, results driven to the end
``trace``       lines and branches that a call reaches, and the limits under which it runs
``comparisons`` what a call compared
``correspondence`` calls that compare otherwise
``steering``    which comparisons have had one outcome only
``room``        the folder for the files of one call
``effects``     the seat belt: refuses effects outside the process, notices clocks and chance
``mutate``      a call that differs a little from another
``simpler``     calls that say the same with less
``symbolic``    calls that a solver finds, for what the search leaves
``solver``      the solver, where it is installed
``search``      the loop that keeps what reaches something new, and makes it simple
``state``       the module's own data, put back between calls
``record``      values written down, if they will stay true
``follow``      what else to do with a result: closures called, context managers interrupted
``scales``      what the outcome of a call adds to its cost; calls that are no test
``observe``     what a call did, as far as a test may assert it
``naming``      what a test is called
``literals``    recipes as source, and the imports that they need
``render``      the test as text
``statements``  its statements, one by one
``driving``     results driven to their end, as text
==============  ==========================================================================================
"""
