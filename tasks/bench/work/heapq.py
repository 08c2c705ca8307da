# Pushes and pops numbers in no order, and makes a heap of a list.
heapq = __import__(MODULE)
value = 12345
numbers = []
for _ in range(400):
    value = (value * 1103515245 + 12345) & 0x3FFFFFFF
    numbers.append(value >> 8)
heap = []
for number in numbers:
    heapq.heappush(heap, number)
out = [heapq.heappop(heap) for _ in range(len(heap))]
assert out == sorted(numbers)
copy = list(numbers)
heapq.heapify(copy)
assert [heapq.heappop(copy) for _ in range(len(copy))] == out
